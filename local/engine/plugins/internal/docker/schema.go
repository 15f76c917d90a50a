package docker

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// schemaText is the part of @pulumi/docker's schema that is served, in Pulumi's own format. What is not in it is refused.
//
//go:embed schema.json
var schemaText []byte

var schema = mustParse(schemaText)

type packageSchema struct {
	Types     map[string]objectType     `json:"types"`
	Resources map[string]resourceSchema `json:"resources"`
}

type objectType struct {
	Properties map[string]propertyType `json:"properties"`
	Required   []string                `json:"required"`
}

type resourceSchema struct {
	InputProperties map[string]propertyType `json:"inputProperties"`
	RequiredInputs  []string                `json:"requiredInputs"`
}

type propertyType struct {
	Type                 string        `json:"type"`
	Ref                  string        `json:"$ref"`
	Items                *propertyType `json:"items"`
	AdditionalProperties *propertyType `json:"additionalProperties"`
	WillReplaceOnChanges bool          `json:"willReplaceOnChanges"`
}

func mustParse(data []byte) packageSchema {
	var parsed packageSchema
	if err := json.Unmarshal(data, &parsed); err != nil {
		panic(fmt.Sprintf("the embedded schema is not JSON: %v", err))
	}
	return parsed
}

// schemaOf returns what is served of a type of resource.
func schemaOf(token tokens.Type) (resourceSchema, error) {
	if found, ok := schema.Resources[string(token)]; ok {
		return found, nil
	}
	return resourceSchema{}, notImplemented("resource", string(token))
}

// judge names every fault of a resource's inputs at once: what is missing, what is not served, what is of another type.
func (s resourceSchema) judge(inputs resource.PropertyMap) []plugin.CheckFailure {
	return judgeObject("", objectType{Properties: s.InputProperties, Required: s.RequiredInputs}, inputs)
}

func judgeObject(path string, t objectType, value resource.PropertyMap) []plugin.CheckFailure {
	var failures []plugin.CheckFailure
	at := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	for _, key := range t.Required {
		if found := plain(value[resource.PropertyKey(key)]); found.IsNull() {
			failures = append(failures, fault(at(key), "is missing"))
		}
	}
	for _, key := range value.StableKeys() {
		name := string(key)
		if strings.HasPrefix(name, "__") || value[key].IsNull() {
			continue
		}
		property, ok := t.Properties[name]
		if !ok {
			served := strings.Join(slices.Sorted(maps.Keys(t.Properties)), ", ")
			failures = append(failures, fault(at(name), "is not served by this plugin, which knows "+served+
				"; leave it out, or install the published plugin: pulumi plugin install resource docker "+Version))
			continue
		}
		failures = append(failures, judgeValue(at(name), property, value[key])...)
	}
	return failures
}

func judgeValue(path string, t propertyType, wrapped resource.PropertyValue) []plugin.CheckFailure {
	value := plain(wrapped)
	if value.IsNull() || value.IsComputed() {
		return nil
	}
	wrong := func(want string) []plugin.CheckFailure { return []plugin.CheckFailure{fault(path, "must be "+want)} }
	switch {
	case t.Ref != "":
		if !value.IsObject() {
			return wrong("an object")
		}
		return judgeObject(path, schema.Types[strings.TrimPrefix(t.Ref, "#/types/")], value.ObjectValue())
	case t.Type == "array":
		if !value.IsArray() {
			return wrong("a list")
		}
		var failures []plugin.CheckFailure
		for i, item := range value.ArrayValue() {
			failures = append(failures, judgeValue(fmt.Sprintf("%s[%d]", path, i), *t.Items, item)...)
		}
		return failures
	case t.Type == "object":
		if !value.IsObject() {
			return wrong("a map")
		}
		var failures []plugin.CheckFailure
		for _, key := range value.ObjectValue().StableKeys() {
			failures = append(failures, judgeValue(path+"."+string(key), *t.AdditionalProperties, value.ObjectValue()[key])...)
		}
		return failures
	case t.Type == "string" && !value.IsString():
		return wrong("a string")
	case t.Type == "boolean" && !value.IsBool():
		return wrong("true or false")
	case t.Type == "integer" && (!value.IsNumber() || value.NumberValue() != float64(int64(value.NumberValue()))):
		return wrong("a whole number")
	}
	return nil
}

func fault(path, reason string) plugin.CheckFailure {
	return plugin.CheckFailure{Property: resource.PropertyKey(path), Reason: reason}
}

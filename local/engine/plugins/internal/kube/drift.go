package kube

import (
	"encoding/base64"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// serverFields are the fields of metadata that the API server writes by itself.
var serverFields = []string{"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}

// content returns an object without what changes although nobody changed it: the server's own fields, the status, and our mark.
func content(u *unstructured.Unstructured) map[string]any {
	kept := u.DeepCopy()
	for _, field := range serverFields {
		unstructured.RemoveNestedField(kept.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(kept.Object, "status")
	unstructured.RemoveNestedField(kept.Object, "metadata", "annotations", annotationOwner)
	if len(kept.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(kept.Object, "metadata", "annotations")
	}
	return kept.Object
}

func sameContent(a, b *unstructured.Unstructured) bool {
	return reflect.DeepEqual(content(a), content(b))
}

// driftedInputs returns the inputs as a program would have to read to mean the live object: the given ones wherever applying them would
// change nothing, the live values elsewhere. applied is what applying the inputs would make of the object, so that neither another way
// to write a value nor a field of somebody else's counts as drift.
func driftedInputs(inputs resource.PropertyMap, applied, live *unstructured.Unstructured) resource.PropertyMap {
	appliedContent, liveContent := content(applied), content(live)
	texts := bare(inputs["stringData"])
	if isSecret(live) && texts.IsObject() {
		appliedContent, liveContent = withTexts(appliedContent, texts.ObjectValue()), withTexts(liveContent, texts.ObjectValue())
	}
	if reflect.DeepEqual(appliedContent, liveContent) {
		return inputs
	}
	return driftedMap(inputs, appliedContent, liveContent)
}

// withTexts moves the keys that a program gave as stringData back there from data, decoded.
func withTexts(fields map[string]any, texts resource.PropertyMap) map[string]any {
	data, _, _ := unstructured.NestedMap(fields, "data")
	decoded := map[string]any{}
	for key := range texts {
		encoded, ok := data[string(key)].(string)
		if !ok {
			continue
		}
		if text, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			decoded[string(key)] = string(text)
			delete(data, string(key))
		}
	}
	out := make(map[string]any, len(fields)+1)
	for key, value := range fields {
		out[key] = value
	}
	out["stringData"] = decoded
	if out["data"] = data; len(data) == 0 {
		delete(out, "data")
	}
	return out
}

func driftedMap(inputs resource.PropertyMap, applied, live map[string]any) resource.PropertyMap {
	out := resource.PropertyMap{}
	for key, value := range inputs {
		name := fieldName(key)
		is, has := live[name]
		switch {
		case reflect.DeepEqual(applied[name], is):
			out[key] = value
		case has:
			out[key] = driftedValue(value, applied[name], is)
		}
	}
	// What applying would take away was added to something that is ours as a whole.
	for name, is := range live {
		if _, wanted := applied[name]; !wanted {
			key := propertiesOf(map[string]any{name: is})
			for k, v := range key {
				if _, given := out[k]; !given {
					out[k] = v
				}
			}
		}
	}
	return out
}

func driftedValue(input resource.PropertyValue, applied, live any) resource.PropertyValue {
	if reflect.DeepEqual(applied, live) {
		return input
	}
	if input.IsSecret() {
		return resource.MakeSecret(driftedValue(input.SecretValue().Element, applied, live))
	}
	appliedMap, isMap := applied.(map[string]any)
	liveMap, liveIsMap := live.(map[string]any)
	if input = bare(input); input.IsObject() && isMap && liveIsMap {
		return resource.NewObjectProperty(driftedMap(input.ObjectValue(), appliedMap, liveMap))
	}
	appliedList, isList := applied.([]any)
	liveList, liveIsList := live.([]any)
	if input.IsArray() && isList && liveIsList {
		return driftedList(input.ArrayValue(), appliedList, liveList)
	}
	return valueFrom(live)
}

// driftedList matches the items of a list by their name, where all have one, else by their place.
func driftedList(inputs []resource.PropertyValue, applied, live []any) resource.PropertyValue {
	appliedByName, appliedNamed := byName(applied)
	liveByName, liveNamed := byName(live)
	out := []resource.PropertyValue{}
	if appliedNamed && liveNamed {
		given := map[string]bool{}
		for _, input := range inputs {
			name := itemName(input)
			given[name] = true
			if is, has := liveByName[name]; has && name != "" {
				out = append(out, driftedValue(input, appliedByName[name], is))
			}
		}
		for _, item := range live {
			name, _ := nameIn(item)
			if _, wanted := appliedByName[name]; !wanted && !given[name] {
				out = append(out, valueFrom(item))
			}
		}
		return resource.NewArrayProperty(out)
	}
	if len(inputs) == len(applied) && len(inputs) == len(live) {
		for i, input := range inputs {
			out = append(out, driftedValue(input, applied[i], live[i]))
		}
		return resource.NewArrayProperty(out)
	}
	return valueFrom(live)
}

func byName(items []any) (map[string]any, bool) {
	out := make(map[string]any, len(items))
	for _, item := range items {
		name, ok := nameIn(item)
		if !ok {
			return nil, false
		}
		out[name] = item
	}
	return out, len(out) == len(items)
}

func nameIn(item any) (string, bool) {
	fields, ok := item.(map[string]any)
	if !ok {
		return "", false
	}
	name, ok := fields["name"].(string)
	return name, ok
}

func itemName(v resource.PropertyValue) string {
	if v = bare(v); v.IsObject() {
		if name := bare(v.ObjectValue()["name"]); name.IsString() {
			return name.StringValue()
		}
	}
	return ""
}

func valueFrom(live any) resource.PropertyValue {
	return propertiesOf(map[string]any{"value": live})["value"]
}

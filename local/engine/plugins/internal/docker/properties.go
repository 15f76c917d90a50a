package docker

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// bare returns a map without secret and output wrappings at any depth. Null values are left out: they say nothing.
func bare(properties resource.PropertyMap) resource.PropertyMap {
	result := resource.PropertyMap{}
	for key, value := range properties {
		if found := bareValue(value); !found.IsNull() {
			result[key] = found
		}
	}
	return result
}

func bareValue(wrapped resource.PropertyValue) resource.PropertyValue {
	value := plain(wrapped)
	switch {
	case value.IsArray():
		items := make([]resource.PropertyValue, 0, len(value.ArrayValue()))
		for _, item := range value.ArrayValue() {
			items = append(items, bareValue(item))
		}
		return resource.NewArrayProperty(items)
	case value.IsObject():
		return resource.NewObjectProperty(bare(value.ObjectValue()))
	}
	return value
}

// decode reads properties into a structure with JSON tags. They must be known.
func decode(properties resource.PropertyMap, into any) error {
	text, err := json.Marshal(bare(properties).Mappable())
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// encode makes properties of a structure with JSON tags.
func encode(from any) resource.PropertyMap {
	text, err := json.Marshal(from)
	if err != nil {
		panic(fmt.Sprintf("a structure of this package is not JSON: %v", err))
	}
	var decoded map[string]any
	if err := json.Unmarshal(text, &decoded); err != nil {
		panic(fmt.Sprintf("a structure of this package is no JSON object: %v", err))
	}
	return bare(resource.NewPropertyMapFromMap(decoded))
}

// with returns a copy of the properties in which others take precedence.
func with(properties, others resource.PropertyMap) resource.PropertyMap {
	result := properties.Copy()
	for key, value := range others {
		result[key] = value
	}
	return result
}

// drifted returns inputs in which what differs on the host stands in place of what was declared. Equal values keep their wrapping, so
// that a secret stays one.
func drifted(inputs, observed resource.PropertyMap) resource.PropertyMap {
	result := inputs.Copy()
	for key, value := range observed {
		if declared, ok := inputs[key]; !ok || !bareValue(declared).DeepEquals(value) {
			if ok && declared.ContainsSecrets() {
				value = resource.MakeSecret(value)
			}
			result[key] = value
		}
	}
	return result
}

type pair struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

func labelMap(labels []pair) map[string]string {
	result := map[string]string{}
	for _, one := range labels {
		result[one.Label] = one.Value
	}
	return result
}

// observedLabels keeps the declared order. Labels that an image or a tool adds beside the declared ones are no drift.
func observedLabels(declared []pair, live map[string]string) []pair {
	result := make([]pair, 0, len(declared))
	for _, one := range declared {
		if value, ok := live[one.Label]; ok {
			result = append(result, pair{one.Label, value})
		}
	}
	return result
}

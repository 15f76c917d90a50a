package kube

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The SDK writes these keys of a CustomResourceDefinition's schema with underscores, since they name properties of its types.
const (
	extensionInSDK     = "x_kubernetes_"
	extensionInCluster = "x-kubernetes-"
)

// objectOf returns inputs as the object that the API takes: secrets unwrapped, keys as Kubernetes writes them.
// unknown says whether any value is not known yet; such values are left out.
func objectOf(inputs resource.PropertyMap) (u *unstructured.Unstructured, unknown bool) {
	fields, unknown := mapOf(inputs)
	return &unstructured.Unstructured{Object: fields}, unknown
}

func mapOf(properties resource.PropertyMap) (map[string]any, bool) {
	out, unknown := make(map[string]any, len(properties)), false
	for key, value := range properties {
		plain, known := valueOf(value)
		if !known {
			unknown = true
			if plain == nil {
				continue
			}
		}
		out[fieldName(key)] = plain
	}
	return out, unknown
}

// valueOf returns a value as JSON would hold it, and whether all of it is known.
func valueOf(v resource.PropertyValue) (any, bool) {
	switch v = bare(v); {
	case v.IsComputed():
		return nil, false
	case v.IsObject():
		out, unknown := mapOf(v.ObjectValue())
		return out, !unknown
	case v.IsArray():
		out, known := make([]any, 0, len(v.ArrayValue())), true
		for _, item := range v.ArrayValue() {
			plain, itemKnown := valueOf(item)
			known = known && itemKnown
			out = append(out, plain)
		}
		return out, known
	case v.IsNumber():
		if n := v.NumberValue(); n == math.Trunc(n) && math.Abs(n) < 1<<53 {
			return int64(n), true
		}
		return v.NumberValue(), true
	case v.IsBool():
		return v.BoolValue(), true
	case v.IsString():
		return v.StringValue(), true
	default:
		return nil, true
	}
}

// bare returns a value without its secret and output wrappings.
func bare(v resource.PropertyValue) resource.PropertyValue {
	for {
		switch {
		case v.IsSecret():
			v = v.SecretValue().Element
		case v.IsOutput() && v.OutputValue().Known:
			v = v.OutputValue().Element
		case v.IsOutput():
			return resource.MakeComputed(resource.NewStringProperty(""))
		default:
			return v
		}
	}
}

// bareMap returns properties without secret and output wrappings at any depth, for comparison.
func bareMap(properties resource.PropertyMap) resource.PropertyMap {
	out := make(resource.PropertyMap, len(properties))
	for key, value := range properties {
		out[key] = bareDeep(value)
	}
	return out
}

func bareDeep(v resource.PropertyValue) resource.PropertyValue {
	switch v = bare(v); {
	case v.IsObject():
		return resource.NewObjectProperty(bareMap(v.ObjectValue()))
	case v.IsArray():
		items := make([]resource.PropertyValue, len(v.ArrayValue()))
		for i, item := range v.ArrayValue() {
			items[i] = bareDeep(item)
		}
		return resource.NewArrayProperty(items)
	default:
		return v
	}
}

// propertiesOf is the way back from objectOf: what the API answers, as properties with the SDK's keys.
func propertiesOf(fields map[string]any) resource.PropertyMap {
	rename := func(key string) (resource.PropertyKey, bool) {
		if strings.HasPrefix(key, extensionInCluster) {
			return resource.PropertyKey(strings.ReplaceAll(key, "-", "_")), true
		}
		return "", false
	}
	return resource.NewPropertyMapFromMapRepl(fields, rename, nil)
}

// withData returns a Secret whose stringData has moved to data, as the API server would move it. Sent as stringData, the fields would
// not be ours in managedFields, and a removed key would stay in the cluster.
func withData(u *unstructured.Unstructured) *unstructured.Unstructured {
	texts, found, err := unstructured.NestedMap(u.Object, "stringData")
	if !isSecret(u) || !found || err != nil {
		return u
	}
	moved := u.DeepCopy()
	unstructured.RemoveNestedField(moved.Object, "stringData")
	data, _, _ := unstructured.NestedMap(moved.Object, "data")
	if data == nil {
		data = map[string]any{}
	}
	for key, value := range texts {
		if text, ok := value.(string); ok {
			data[key] = base64.StdEncoding.EncodeToString([]byte(text))
		} else {
			// Not a string: let the API server say so, with the path that the program wrote.
			return u
		}
	}
	moved.Object["data"] = data
	return moved
}

func isSecret(u *unstructured.Unstructured) bool {
	return u.GetKind() == "Secret" && u.GetAPIVersion() == "v1"
}

// idOf returns the resource's id: namespace/name, or the name alone for what has no namespace.
func idOf(u *unstructured.Unstructured) resource.ID {
	if u.GetNamespace() == "" {
		return resource.ID(u.GetName())
	}
	return resource.ID(u.GetNamespace() + "/" + u.GetName())
}

// parseID splits an id into namespace and name.
func parseID(id resource.ID) (namespace, name string) {
	if before, after, found := strings.Cut(string(id), "/"); found {
		return before, after
	}
	return "", string(id)
}

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:4])
}

// fieldName returns a property's key as Kubernetes writes it.
func fieldName(key resource.PropertyKey) string {
	if strings.HasPrefix(string(key), extensionInSDK) {
		return strings.ReplaceAll(string(key), "_", "-")
	}
	return string(key)
}

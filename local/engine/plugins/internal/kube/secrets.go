package kube

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// shortestSecret is the length from which a secret text is looked for outside the fields it was given in. Shorter ones ("on", "8080")
// would mark half of an object.
const shortestSecret = 6

// markSecrets marks in outputs what was secret in inputs: the same paths, the data of a Secret, and every other place into which the
// cluster has copied a secret text (a controller's status, for one).
func markSecrets(outputs, inputs resource.PropertyMap) {
	copySecrets(outputs, inputs)
	if texts := secretTexts(inputs); len(texts) > 0 {
		for key, value := range outputs {
			outputs[key] = markTexts(value, texts)
		}
	}
}

func copySecrets(outputs, inputs resource.PropertyMap) {
	if kind := outputs["kind"]; kind.IsString() && kind.StringValue() == "Secret" {
		for _, key := range []resource.PropertyKey{"data", "stringData"} {
			if value, has := outputs[key]; has && !value.IsSecret() {
				outputs[key] = resource.MakeSecret(value)
			}
		}
	}
	for key, given := range inputs {
		got, has := outputs[key]
		switch {
		case !has || got.IsSecret():
		case got.IsObject() && given.IsObject():
			copySecrets(got.ObjectValue(), given.ObjectValue())
		case given.ContainsSecrets():
			outputs[key] = resource.MakeSecret(got)
		}
	}
}

// secretTexts returns every text inside a secret of the inputs that is long enough to be told from others, longest first, with its
// base64 form, as Secrets carry it.
func secretTexts(inputs resource.PropertyMap) []string {
	var texts []string
	var walk func(v resource.PropertyValue, secret bool)
	walk = func(v resource.PropertyValue, secret bool) {
		switch {
		case v.IsSecret():
			walk(v.SecretValue().Element, true)
		case v.IsOutput():
			walk(v.OutputValue().Element, secret || v.OutputValue().Secret)
		case v.IsObject():
			for _, item := range v.ObjectValue() {
				walk(item, secret)
			}
		case v.IsArray():
			for _, item := range v.ArrayValue() {
				walk(item, secret)
			}
		case secret && v.IsString() && len(v.StringValue()) >= shortestSecret:
			texts = append(texts, v.StringValue(), base64.StdEncoding.EncodeToString([]byte(v.StringValue())))
			if decoded, err := base64.StdEncoding.DecodeString(v.StringValue()); err == nil && len(decoded) >= shortestSecret {
				texts = append(texts, string(decoded))
			}
		}
	}
	walk(resource.NewObjectProperty(inputs), false)
	slices.SortFunc(texts, func(a, b string) int { return len(b) - len(a) })
	return slices.Compact(texts)
}

func markTexts(v resource.PropertyValue, texts []string) resource.PropertyValue {
	switch {
	case v.IsObject():
		for key, item := range v.ObjectValue() {
			v.ObjectValue()[key] = markTexts(item, texts)
		}
	case v.IsArray():
		for i, item := range v.ArrayValue() {
			v.ArrayValue()[i] = markTexts(item, texts)
		}
	case v.IsString():
		for _, text := range texts {
			if strings.Contains(v.StringValue(), text) {
				return resource.MakeSecret(v)
			}
		}
	}
	return v
}

// redact takes secret texts out of a message: the API server repeats values that it refuses.
func redact(message string, texts []string) string {
	for _, text := range texts {
		message = strings.ReplaceAll(message, text, "[secret]")
	}
	return message
}

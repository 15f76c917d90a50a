package kube

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/theory/jsonpath"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// wait is one thing that must become true of an object.
type wait struct {
	// text is what the program asked for, for messages.
	text  string
	judge func(*unstructured.Unstructured) verdict
}

// parseWaitFor reads the annotation pulumi.com/waitFor: one expression, or a JSON array of them that must all hold.
// An expression is jsonpath={.path}, jsonpath={.path}=value, condition=Type or condition=Type=Status.
func parseWaitFor(annotation string) ([]wait, error) {
	expressions := []string{annotation}
	if strings.HasPrefix(strings.TrimSpace(annotation), "[") {
		if err := json.Unmarshal([]byte(annotation), &expressions); err != nil {
			return nil, fmt.Errorf("it is not a JSON array of expressions: %w", err)
		}
		if len(expressions) == 0 {
			return nil, fmt.Errorf("the array is empty: name at least one condition")
		}
	}
	waits := make([]wait, 0, len(expressions))
	for _, expression := range expressions {
		var made wait
		var err error
		switch {
		case strings.HasPrefix(expression, "jsonpath="):
			made, err = parsePath(strings.TrimPrefix(expression, "jsonpath="))
		case strings.HasPrefix(expression, "condition="):
			made, err = parseCondition(strings.TrimPrefix(expression, "condition="))
		default:
			err = fmt.Errorf("an expression begins with jsonpath= or condition=, not as %q does", expression)
		}
		if err != nil {
			return nil, err
		}
		waits = append(waits, made)
	}
	return waits, nil
}

// parseCondition reads Type or Type=Status; the status is True where none is given.
func parseCondition(text string) (wait, error) {
	name, status, found := strings.Cut(text, "=")
	if name == "" || found && status == "" {
		return wait{}, fmt.Errorf("condition=%s names no condition: write condition=Type or condition=Type=Status", text)
	}
	if !found {
		status = "True"
	}
	judge := func(u *unstructured.Unstructured) verdict {
		if !observed(u) {
			return pending("its controller has not seen the newest specification")
		}
		is, reason, message := condition(u, name)
		if is == status {
			return done()
		}
		if is == "" {
			return pending("it has no condition %s", name)
		}
		return pending("condition %s is %s (%s)", name, is, because(reason, message))
	}
	return wait{text: fmt.Sprintf("condition %s=%s", name, status), judge: judge}, nil
}

// parsePath reads {.path} or {.path}=value. The path is JSONPath as RFC 9535 has it; the leading $ may be left out, as kubectl does.
func parsePath(text string) (wait, error) {
	end := strings.LastIndex(text, "}")
	if !strings.HasPrefix(text, "{") || end < 0 {
		return wait{}, fmt.Errorf("jsonpath=%s is not in braces: write jsonpath={.path} or jsonpath={.path}=value", text)
	}
	path, rest := strings.TrimSpace(text[1:end]), text[end+1:]
	value, wanted := strings.CutPrefix(rest, "=")
	if rest != "" && !wanted || wanted && value == "" {
		return wait{}, fmt.Errorf("jsonpath=%s has no value after the braces: write jsonpath={.path}=value, or nothing after the braces", text)
	}
	if !strings.HasPrefix(path, "$") {
		path = "$" + path
	}
	parsed, err := jsonpath.Parse(path)
	if err != nil {
		return wait{}, fmt.Errorf("jsonpath=%s cannot be read: %w", text, err)
	}
	judge := func(u *unstructured.Unstructured) verdict {
		if !observed(u) {
			return pending("its controller has not seen the newest specification")
		}
		selected := parsed.Select(u.Object)
		if len(selected) == 0 {
			return pending("%s selects nothing", text[:end+1])
		}
		if !wanted {
			return done()
		}
		switch selected[0].(type) {
		case map[string]any, []any:
			return failed("%s is a structure, which equals no text", text[:end+1])
		}
		if is := fmt.Sprint(selected[0]); is != value {
			return pending("%s is %q", text[:end+1], is)
		}
		return done()
	}
	return wait{text: text, judge: judge}, nil
}

// waitsFor returns what must become true of an applied object before it counts as made: what its annotation says, else the rule of its
// kind, else nothing.
func waitsFor(inputs, live *unstructured.Unstructured) ([]wait, error) {
	if annotated(inputs, annotationSkipAwait) {
		return nil, nil
	}
	if expression := inputs.GetAnnotations()[annotationWaitFor]; expression != "" {
		return parseWaitFor(expression)
	}
	if judge := readiness(live); judge != nil {
		return []wait{{text: "it is ready", judge: judge}}, nil
	}
	return nil, nil
}

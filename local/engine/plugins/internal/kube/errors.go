package kube

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// unreachableError says that no API server answered.
type unreachableError struct {
	address, source, context string
	cause                    error
}

func (e *unreachableError) Error() string {
	return fmt.Sprintf("cannot reach the Kubernetes API server at %s (%s, context %q): %v. "+
		"Start the cluster, or correct the provider's kubeconfig or context", e.address, e.source, e.context, e.cause)
}

func (e *unreachableError) Unwrap() error { return e.cause }

func isUnreachable(err error) bool {
	var unreachable *unreachableError
	return errors.As(err, &unreachable)
}

func isNotFound(err error) bool { return apierrors.IsNotFound(err) }

func isNoMatch(err error) bool { return meta.IsNoMatchError(err) }

// missingNamespace returns the namespace whose absence is the cause of an error, or "".
func missingNamespace(err error) string {
	var refused apierrors.APIStatus
	if !isNotFound(err) || !errors.As(err, &refused) {
		return ""
	}
	if details := refused.Status().Details; details != nil && details.Kind == "namespaces" {
		return details.Name
	}
	return ""
}

// explain names the cluster where no answer came from it; an answer is returned as it is.
func (c *cluster) explain(err error) error {
	var refused apierrors.APIStatus
	if err == nil || isUnreachable(err) || errors.As(err, &refused) || errors.Is(err, context.Canceled) {
		return err
	}
	var transport *url.Error
	if errors.As(err, &transport) {
		return &unreachableError{address: c.config.Host, source: c.source, context: c.context, cause: transport.Err}
	}
	return err
}

// name returns what an object is called in messages: Deployment (apps/v1) shop/web.
func nameOf(u *unstructured.Unstructured) string {
	return fmt.Sprintf("%s (%s) %s", u.GetKind(), u.GetAPIVersion(), idOf(u))
}

// refusal turns an error of the cluster into one for the reader of a preview: what was to be done, what was wrong and where, and what to
// do about it. No secret of the inputs is repeated.
func (c *cluster) refusal(
	ctx context.Context, action string, u *unstructured.Unstructured, manager string, secrets []string, err error,
) error {
	err = c.explain(err)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s %s was cancelled", action, nameOf(u))
	}
	// The original stays in the chain for callers that look at its kind; its text is not used, since it may hold secrets.
	return &refusedError{text: redact(fmt.Sprintf("cannot %s %s: %s", action, nameOf(u), c.reason(ctx, u, manager, err)), secrets), cause: err}
}

type refusedError struct {
	text  string
	cause error
}

func (e *refusedError) Error() string { return e.text }

func (e *refusedError) Unwrap() error { return e.cause }

func (c *cluster) reason(ctx context.Context, u *unstructured.Unstructured, manager string, err error) string {
	namespace := missingNamespace(err)
	switch {
	case isNoMatch(err):
		return c.unknownKind(ctx, u.GroupVersionKind())
	case namespace != "":
		return fmt.Sprintf(
			"the namespace %q does not exist. Declare it and let this resource depend on it (dependsOn), or create it first", namespace,
		)
	case isConflict(err):
		return conflict(manager, err)
	case apierrors.IsForbidden(err):
		return fmt.Sprintf("the API server forbids it: %v. Give the user of context %q (%s) that right, or use another context",
			err, c.context, c.source)
	case apierrors.IsUnauthorized(err):
		return fmt.Sprintf(
			"the API server at %s does not accept the credentials of context %q (%s): %v. Renew them", c.config.Host, c.context, c.source, err,
		)
	case apierrors.IsRequestEntityTooLargeError(err):
		return fmt.Sprintf("the object is larger than the cluster takes: %v", err)
	}
	if fields := refusedFields(err); len(fields) > 0 {
		return "the API server refuses\n  - " + strings.Join(fields, "\n  - ")
	}
	return err.Error()
}

var (
	undeclared    = regexp.MustCompile(`(\.[^\s:,]+): field not declared in schema`)
	unknownField  = regexp.MustCompile(`unknown field "([^"]+)"`)
	mistypedField = regexp.MustCompile(`(\.[^\s:,]+): (expected [^,\n]+)`)
)

// refusedFields lists the fields that the schema or the validation of a kind refuses, each with its path and the rule.
func refusedFields(err error) []string {
	var out []string
	for _, match := range undeclared.FindAllStringSubmatch(err.Error(), -1) {
		out = append(out, strings.TrimPrefix(match[1], ".")+": the kind has no such field. Correct its name or place")
	}
	for _, match := range unknownField.FindAllStringSubmatch(err.Error(), -1) {
		out = append(out, match[1]+": the kind has no such field. Correct its name or place")
	}
	for _, match := range mistypedField.FindAllStringSubmatch(err.Error(), -1) {
		out = append(out, strings.TrimPrefix(match[1], ".")+": "+match[2])
	}
	var refused apierrors.APIStatus
	if len(out) == 0 && apierrors.IsInvalid(err) && errors.As(err, &refused) && refused.Status().Details != nil {
		for _, cause := range refused.Status().Details.Causes {
			if cause.Field == "" || cause.Field == "<nil>" {
				out = append(out, cause.Message)
				continue
			}
			out = append(out, cause.Field+": "+cause.Message)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// isConflict says whether other field managers own fields that were to be changed.
func isConflict(err error) bool {
	return apierrors.IsConflict(err) && apierrors.HasStatusCause(err, metav1.CauseTypeFieldManagerConflict)
}

// onlyWith says whether one manager owns all the fields in conflict.
func onlyWith(err error, manager string) bool {
	var refused apierrors.APIStatus
	if !errors.As(err, &refused) || refused.Status().Details == nil {
		return false
	}
	for _, cause := range refused.Status().Details.Causes {
		if !strings.HasPrefix(cause.Message, fmt.Sprintf("conflict with %q", manager)) {
			return false
		}
	}
	return true
}

func conflict(manager string, err error) string {
	var lines, managers []string
	var refused apierrors.APIStatus
	if errors.As(err, &refused) && refused.Status().Details != nil {
		for _, cause := range refused.Status().Details.Causes {
			other := strings.TrimPrefix(cause.Message, "conflict with ")
			lines = append(lines, fmt.Sprintf("%s is managed by %s", strings.TrimPrefix(cause.Field, "."), other))
			managers = append(managers, other)
		}
	}
	slices.Sort(managers)
	return fmt.Sprintf("other field managers (%s) own fields that %q would change:\n  - %s\n"+
		"Leave these fields out of the program (ignoreChanges), or take them over with the annotation %s: \"true\" "+
		"(or the provider's enablePatchForce)",
		strings.Join(slices.Compact(managers), ", "), manager, strings.Join(lines, "\n  - "), annotationPatchForce)
}

package kube

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The annotations by which a program steers the provider; their names and meanings are those of @pulumi/kubernetes.
const (
	annotationAutonamed           = "pulumi.com/autonamed"
	annotationSkipAwait           = "pulumi.com/skipAwait"
	annotationWaitFor             = "pulumi.com/waitFor"
	annotationTimeoutSeconds      = "pulumi.com/timeoutSeconds"
	annotationPatchForce          = "pulumi.com/patchForce"
	annotationPatchFieldManager   = "pulumi.com/patchFieldManager"
	annotationPropagation         = "pulumi.com/deletionPropagationPolicy"
	annotationLastApplied         = "kubectl.kubernetes.io/last-applied-configuration"
	annotationOwner               = "pulumi.com/urn"
	defaultFieldManager           = "pulumi-kubernetes"
	defaultTimeout                = 10 * time.Minute
	annotationDeploymentsRevision = "deployment.kubernetes.io/revision"
)

func annotated(u *unstructured.Unstructured, name string) bool {
	return u.GetAnnotations()[name] == "true"
}

func annotate(u *unstructured.Unstructured, name, value string) {
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	u.SetAnnotations(annotations)
}

// managerOf returns the field manager under which an object is applied. It is the same for all objects, so that a resource whose state
// was lost can be imported and owned again; a patch resource has one of its own, since it applies beside the object's owner.
func managerOf(u *unstructured.Unstructured, token string, urn resource.URN) string {
	if manager := u.GetAnnotations()[annotationPatchFieldManager]; manager != "" {
		return manager
	}
	if isPatch(token, u) {
		return fmt.Sprintf("%s-%s", defaultFieldManager, shortHash(string(urn)))
	}
	return defaultFieldManager
}

// timeoutOf returns how long to wait: the resource option customTimeouts (seconds), else the annotation, else ten minutes.
func timeoutOf(seconds float64, u *unstructured.Unstructured) time.Duration {
	if seconds > 0 {
		return time.Duration(seconds * float64(time.Second))
	}
	if n, err := strconv.Atoi(u.GetAnnotations()[annotationTimeoutSeconds]); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	return defaultTimeout
}

// propagationOf returns what happens to dependents on deletion: foreground unless the program says otherwise.
func propagationOf(u *unstructured.Unstructured) metav1.DeletionPropagation {
	switch strings.ToLower(u.GetAnnotations()[annotationPropagation]) {
	case "orphan":
		return metav1.DeletePropagationOrphan
	case "background":
		return metav1.DeletePropagationBackground
	default:
		return metav1.DeletePropagationForeground
	}
}

// checkAnnotations names every annotation of ours whose value means nothing.
func checkAnnotations(u *unstructured.Unstructured) []string {
	var faults []string
	annotations := u.GetAnnotations()
	fault := func(name, rule string) {
		faults = append(faults, fmt.Sprintf("metadata.annotations[%q] is %q: %s", name, annotations[name], rule))
	}
	for _, name := range []string{annotationSkipAwait, annotationPatchForce, annotationAutonamed} {
		if v, has := annotations[name]; has && v != "true" && v != "false" {
			fault(name, `write "true" or "false"`)
		}
	}
	if v, has := annotations[annotationTimeoutSeconds]; has {
		if n, err := strconv.Atoi(v); err != nil || n <= 0 {
			fault(annotationTimeoutSeconds, "write a whole number of seconds above zero")
		}
	}
	if v, has := annotations[annotationPropagation]; has {
		switch strings.ToLower(v) {
		case "orphan", "background", "foreground":
		default:
			fault(annotationPropagation, "write foreground, background or orphan")
		}
	}
	if v, has := annotations[annotationWaitFor]; has {
		if _, err := parseWaitFor(v); err != nil {
			fault(annotationWaitFor, err.Error())
		}
	}
	return faults
}

package kube

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// verdict is what an object's state says of a condition that is waited for.
type verdict struct {
	met bool
	// message says what is still missing.
	message string
	// failed says that waiting longer is of no use.
	failed bool
}

func done() verdict { return verdict{met: true} }

func pending(format string, args ...any) verdict {
	return verdict{message: fmt.Sprintf(format, args...)}
}

func failed(format string, args ...any) verdict {
	return verdict{message: fmt.Sprintf(format, args...), failed: true}
}

// readiness returns the rule by which a kind is ready, or nil for kinds that are ready once they exist.
func readiness(u *unstructured.Unstructured) func(*unstructured.Unstructured) verdict {
	gvk := u.GroupVersionKind()
	switch gvk.Group + "/" + gvk.Kind {
	case "apps/Deployment":
		return deploymentReady
	case "apps/StatefulSet":
		return statefulSetReady
	case "apps/DaemonSet":
		return daemonSetReady
	case "batch/Job":
		return jobReady
	case "/Pod":
		return podReady
	case "/Namespace":
		return phaseReady("Active")
	case "/PersistentVolumeClaim":
		return phaseReady("Bound")
	case "/Service":
		if kind, _, _ := unstructured.NestedString(u.Object, "spec", "type"); kind == "LoadBalancer" {
			return serviceReady
		}
	case "apiextensions.k8s.io/CustomResourceDefinition":
		return definitionReady
	case "apiregistration.k8s.io/APIService":
		return conditionReady("Available")
	}
	return nil
}

// observed says whether the controller has seen the newest specification; until then the status speaks of an older one.
func observed(u *unstructured.Unstructured) bool {
	seen, found, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
	return !found || seen >= u.GetGeneration()
}

// number returns a whole number of an object, or a default where it is absent.
func number(u *unstructured.Unstructured, otherwise int64, path ...string) int64 {
	if n, found, err := unstructured.NestedInt64(u.Object, path...); err == nil && found {
		return n
	}
	return otherwise
}

// condition returns an entry of status.conditions by its type.
func condition(u *unstructured.Unstructured, name string) (status, reason, message string) {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, item := range conditions {
		fields, ok := item.(map[string]any)
		if !ok || fields["type"] != name {
			continue
		}
		status, _ = fields["status"].(string)
		reason, _ = fields["reason"].(string)
		message, _ = fields["message"].(string)
		return status, reason, message
	}
	return "", "", ""
}

func because(reason, message string) string {
	return strings.TrimSuffix(strings.TrimSpace(strings.Join([]string{reason, message}, ": ")), ":")
}

func conditionReady(name string) func(*unstructured.Unstructured) verdict {
	return func(u *unstructured.Unstructured) verdict {
		status, reason, message := condition(u, name)
		if status == "True" {
			return done()
		}
		return pending("condition %s is %q (%s)", name, status, because(reason, message))
	}
}

func phaseReady(wanted string) func(*unstructured.Unstructured) verdict {
	return func(u *unstructured.Unstructured) verdict {
		phase, _, _ := unstructured.NestedString(u.Object, "status", "phase")
		if phase == wanted {
			return done()
		}
		return pending("its phase is %q, not %s", phase, wanted)
	}
}

func deploymentReady(u *unstructured.Unstructured) verdict {
	if _, found, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration"); !found || !observed(u) {
		return pending("its controller has not seen the newest specification")
	}
	wanted := number(u, 1, "spec", "replicas")
	updated, available := number(u, 0, "status", "updatedReplicas"), number(u, 0, "status", "availableReplicas")
	total := number(u, 0, "status", "replicas")
	if updated >= wanted && available >= wanted && total <= updated {
		return done()
	}
	if status, reason, message := condition(u, "Progressing"); status == "False" {
		return failed("the rollout does not progress: %s", because(reason, message))
	}
	if status, reason, message := condition(u, "ReplicaFailure"); status == "True" {
		return pending("pods cannot be created: %s", because(reason, message))
	}
	return pending("%d of %d pods updated, %d available, %d old ones left", updated, wanted, available, max(total-updated, 0))
}

func statefulSetReady(u *unstructured.Unstructured) verdict {
	if _, found, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration"); !found || !observed(u) {
		return pending("its controller has not seen the newest specification")
	}
	wanted, ready := number(u, 1, "spec", "replicas"), number(u, 0, "status", "readyReplicas")
	if ready < wanted {
		return pending("%d of %d pods ready", ready, wanted)
	}
	if strategy, _, _ := unstructured.NestedString(u.Object, "spec", "updateStrategy", "type"); strategy == "OnDelete" {
		return done()
	}
	wanted -= number(u, 0, "spec", "updateStrategy", "rollingUpdate", "partition")
	if updated := number(u, 0, "status", "updatedReplicas"); updated < wanted {
		return pending("%d of %d pods updated", updated, wanted)
	}
	return done()
}

func daemonSetReady(u *unstructured.Unstructured) verdict {
	if _, found, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration"); !found || !observed(u) {
		return pending("its controller has not seen the newest specification")
	}
	wanted := number(u, 0, "status", "desiredNumberScheduled")
	updated, available := number(u, 0, "status", "updatedNumberScheduled"), number(u, 0, "status", "numberAvailable")
	if updated < wanted || available < wanted {
		return pending("%d of %d pods updated, %d available", updated, wanted, available)
	}
	return done()
}

func jobReady(u *unstructured.Unstructured) verdict {
	if status, reason, message := condition(u, "Failed"); status == "True" {
		return failed("the job failed: %s", because(reason, message))
	}
	if status, _, _ := condition(u, "Complete"); status == "True" {
		return done()
	}
	if suspended, _, _ := unstructured.NestedBool(u.Object, "spec", "suspend"); suspended {
		return done()
	}
	return pending("%d of %d completions", number(u, 0, "status", "succeeded"), number(u, 1, "spec", "completions"))
}

func podReady(u *unstructured.Unstructured) verdict {
	phase, _, _ := unstructured.NestedString(u.Object, "status", "phase")
	if phase == "Succeeded" {
		return done()
	}
	if phase == "Failed" {
		reason, _, _ := unstructured.NestedString(u.Object, "status", "reason")
		message, _, _ := unstructured.NestedString(u.Object, "status", "message")
		return failed("the pod failed: %s", because(reason, message))
	}
	status, reason, message := condition(u, "Ready")
	if status == "True" {
		return done()
	}
	if waits := containerWaits(u); waits != "" {
		return pending("%s", waits)
	}
	if scheduled, why, text := condition(u, "PodScheduled"); scheduled == "False" {
		return pending("it is not scheduled: %s", because(why, text))
	}
	return pending("its phase is %q (%s)", phase, because(reason, message))
}

// containerWaits says why containers of a pod do not run.
func containerWaits(pod *unstructured.Unstructured) string {
	var waits []string
	for _, list := range []string{"initContainerStatuses", "containerStatuses"} {
		statuses, _, _ := unstructured.NestedSlice(pod.Object, "status", list)
		for _, item := range statuses {
			fields, ok := item.(map[string]any)
			if !ok {
				continue
			}
			reason, _, _ := unstructured.NestedString(fields, "state", "waiting", "reason")
			message, _, _ := unstructured.NestedString(fields, "state", "waiting", "message")
			if reason != "" {
				waits = append(waits, fmt.Sprintf("container %v waits: %s", fields["name"], because(reason, message)))
			}
		}
	}
	return strings.Join(waits, "; ")
}

func serviceReady(u *unstructured.Unstructured) verdict {
	if ingress, _, _ := unstructured.NestedSlice(u.Object, "status", "loadBalancer", "ingress"); len(ingress) > 0 {
		return done()
	}
	return pending("the load balancer has no address")
}

func definitionReady(u *unstructured.Unstructured) verdict {
	if status, reason, message := condition(u, "NamesAccepted"); status == "False" {
		return failed("its names are taken: %s", because(reason, message))
	}
	return conditionReady("Established")(u)
}

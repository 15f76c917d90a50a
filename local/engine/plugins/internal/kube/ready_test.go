package kube

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestReadinessByKind(t *testing.T) {
	for name, c := range map[string]struct {
		apiVersion, kind, spec string
		status                 string
		met, failed            bool
		says                   string
	}{
		"stateful set, all updated": {
			"apps/v1", "StatefulSet", `{"replicas":2}`,
			`{"observedGeneration":1,"readyReplicas":2,"updatedReplicas":2}`,
			true, false, "",
		},
		"stateful set, one not ready": {
			"apps/v1", "StatefulSet", `{"replicas":2}`,
			`{"observedGeneration":1,"readyReplicas":1,"updatedReplicas":2}`,
			false, false, "1 of 2 pods ready",
		},
		"stateful set, partition": {
			"apps/v1", "StatefulSet", `{"replicas":3,"updateStrategy":{"rollingUpdate":{"partition":2}}}`,
			`{"observedGeneration":1,"readyReplicas":3,"updatedReplicas":1}`,
			true, false, "",
		},
		"stateful set, old pods": {
			"apps/v1", "StatefulSet", `{"replicas":2}`,
			`{"observedGeneration":1,"readyReplicas":2,"updatedReplicas":1}`,
			false, false, "1 of 2 pods updated",
		},
		"stateful set, updated by hand": {
			"apps/v1", "StatefulSet", `{"replicas":1,"updateStrategy":{"type":"OnDelete"}}`,
			`{"observedGeneration":1,"readyReplicas":1}`,
			true, false, "",
		},
		"daemon set, all available": {
			"apps/v1", "DaemonSet", `{}`,
			`{"observedGeneration":1,"desiredNumberScheduled":2,"updatedNumberScheduled":2,"numberAvailable":2}`,
			true, false, "",
		},
		"daemon set, one missing": {
			"apps/v1", "DaemonSet", `{}`,
			`{"observedGeneration":1,"desiredNumberScheduled":2,"updatedNumberScheduled":2,"numberAvailable":1}`,
			false, false, "1 available",
		},
		"job, complete": {
			"batch/v1", "Job", `{}`,
			`{"conditions":[{"type":"Complete","status":"True"}]}`,
			true, false, "",
		},
		"job, failed": {
			"batch/v1", "Job", `{}`,
			`{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}`,
			false, true, "BackoffLimitExceeded",
		},
		"job, suspended": {
			"batch/v1", "Job", `{"suspend":true}`,
			`{}`,
			true, false, "",
		},
		"job, running": {
			"batch/v1", "Job", `{"completions":3}`,
			`{"succeeded":1}`,
			false, false, "1 of 3",
		},
		"pod, ready": {
			"v1", "Pod", `{}`,
			`{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`,
			true, false, "",
		},
		"pod, finished": {
			"v1", "Pod", `{}`,
			`{"phase":"Succeeded"}`,
			true, false, "",
		},
		"pod, failed": {
			"v1", "Pod", `{}`,
			`{"phase":"Failed","reason":"Evicted"}`,
			false, true, "Evicted",
		},
		"pod, not scheduled": {
			"v1", "Pod", `{}`,
			`{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"no nodes"}]}`,
			false, false, "no nodes",
		},
		"namespace, ending": {
			"v1", "Namespace", `{}`,
			`{"phase":"Terminating"}`,
			false, false, "Terminating",
		},
		"claim, bound": {
			"v1", "PersistentVolumeClaim", `{}`,
			`{"phase":"Bound"}`,
			true, false, "",
		},
		"load balancer, without address": {
			"v1", "Service", `{"type":"LoadBalancer"}`,
			`{}`,
			false, false, "no address",
		},
		"load balancer, with address": {
			"v1", "Service", `{"type":"LoadBalancer"}`,
			`{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}`,
			true, false, "",
		},
		"definition, names taken": {
			"apiextensions.k8s.io/v1", "CustomResourceDefinition", `{}`,
			`{"conditions":[{"type":"NamesAccepted","status":"False","reason":"Taken"}]}`,
			false, true, "Taken",
		},
		"definition, established": {
			"apiextensions.k8s.io/v1", "CustomResourceDefinition", `{}`,
			`{"conditions":[{"type":"Established","status":"True"}]}`,
			true, false, "",
		},
		"API service, unavailable": {
			"apiregistration.k8s.io/v1", "APIService", `{}`,
			`{"conditions":[{"type":"Available","status":"False","reason":"ServiceNotFound"}]}`,
			false, false, "ServiceNotFound",
		},
		"deployment, old pods left": {
			"apps/v1", "Deployment", `{"replicas":1}`,
			`{"observedGeneration":1,"replicas":2,"updatedReplicas":1,"availableReplicas":2}`,
			false, false, "1 old ones left",
		},
		"deployment, none wanted": {
			"apps/v1", "Deployment", `{"replicas":0}`,
			`{"observedGeneration":1}`,
			true, false, "",
		},
		"deployment, pods refused": {
			"apps/v1", "Deployment", `{}`,
			`{"observedGeneration":1,"conditions":[{"type":"ReplicaFailure","status":"True","message":"quota"}]}`,
			false, false, "quota",
		},
	} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]any{"apiVersion": c.apiVersion, "kind": c.kind, "metadata": map[string]any{"generation": 1}}
			for key, text := range map[string]string{"spec": c.spec, "status": c.status} {
				var value any
				if err := json.Unmarshal([]byte(text), &value); err != nil {
					t.Fatal(err)
				}
				fields[key] = value
			}
			u := &unstructured.Unstructured{Object: jsonLike(fields)}
			rule := readiness(u)
			if rule == nil {
				t.Fatal("the kind has no rule")
			}
			if v := rule(u); v.met != c.met || v.failed != c.failed || !strings.Contains(v.message, c.says) {
				t.Errorf("the verdict is %+v", v)
			}
		})
	}
}

func TestKindsThatAreReadyOnceTheyExistAreNotWaitedFor(t *testing.T) {
	for _, object := range []map[string]any{
		{"apiVersion": "v1", "kind": "ConfigMap"},
		{"apiVersion": "v1", "kind": "Service", "spec": map[string]any{"type": "ClusterIP"}},
		{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"},
		{"apiVersion": "example.test/v1", "kind": "Deployment"},
	} {
		if readiness(&unstructured.Unstructured{Object: object}) != nil {
			t.Errorf("%v would be waited for", object)
		}
	}
}

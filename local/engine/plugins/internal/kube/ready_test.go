package kube

import (
	"encoding/json"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestReadinessByKind(t *testing.T) {
	for name, c := range map[string]struct {
		object string
		met    bool
		failed bool
		says   string
	}{
		"stateful set, all updated":      {`{"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":2},"status":{"observedGeneration":1,"readyReplicas":2,"updatedReplicas":2}}`, true, false, ""},
		"stateful set, one not ready":    {`{"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":2},"status":{"observedGeneration":1,"readyReplicas":1,"updatedReplicas":2}}`, false, false, "1 of 2 pods ready"},
		"stateful set, partition":        {`{"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":3,"updateStrategy":{"rollingUpdate":{"partition":2}}},"status":{"observedGeneration":1,"readyReplicas":3,"updatedReplicas":1}}`, true, false, ""},
		"stateful set, old pods":         {`{"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":2},"status":{"observedGeneration":1,"readyReplicas":2,"updatedReplicas":1}}`, false, false, "1 of 2 pods updated"},
		"stateful set, updated by hand":  {`{"apiVersion":"apps/v1","kind":"StatefulSet","spec":{"replicas":1,"updateStrategy":{"type":"OnDelete"}},"status":{"observedGeneration":1,"readyReplicas":1}}`, true, false, ""},
		"daemon set, all available":      {`{"apiVersion":"apps/v1","kind":"DaemonSet","status":{"observedGeneration":1,"desiredNumberScheduled":2,"updatedNumberScheduled":2,"numberAvailable":2}}`, true, false, ""},
		"daemon set, one missing":        {`{"apiVersion":"apps/v1","kind":"DaemonSet","status":{"observedGeneration":1,"desiredNumberScheduled":2,"updatedNumberScheduled":2,"numberAvailable":1}}`, false, false, "1 available"},
		"job, complete":                  {`{"apiVersion":"batch/v1","kind":"Job","status":{"conditions":[{"type":"Complete","status":"True"}]}}`, true, false, ""},
		"job, failed":                    {`{"apiVersion":"batch/v1","kind":"Job","status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}}`, false, true, "BackoffLimitExceeded"},
		"job, suspended":                 {`{"apiVersion":"batch/v1","kind":"Job","spec":{"suspend":true}}`, true, false, ""},
		"job, running":                   {`{"apiVersion":"batch/v1","kind":"Job","spec":{"completions":3},"status":{"succeeded":1}}`, false, false, "1 of 3"},
		"pod, ready":                     {`{"apiVersion":"v1","kind":"Pod","status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`, true, false, ""},
		"pod, finished":                  {`{"apiVersion":"v1","kind":"Pod","status":{"phase":"Succeeded"}}`, true, false, ""},
		"pod, failed":                    {`{"apiVersion":"v1","kind":"Pod","status":{"phase":"Failed","reason":"Evicted"}}`, false, true, "Evicted"},
		"pod, not scheduled":             {`{"apiVersion":"v1","kind":"Pod","status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable","message":"no nodes"}]}}`, false, false, "no nodes"},
		"namespace, ending":              {`{"apiVersion":"v1","kind":"Namespace","status":{"phase":"Terminating"}}`, false, false, "Terminating"},
		"claim, bound":                   {`{"apiVersion":"v1","kind":"PersistentVolumeClaim","status":{"phase":"Bound"}}`, true, false, ""},
		"load balancer, without address": {`{"apiVersion":"v1","kind":"Service","spec":{"type":"LoadBalancer"}}`, false, false, "no address"},
		"load balancer, with address":    {`{"apiVersion":"v1","kind":"Service","spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.1"}]}}}`, true, false, ""},
		"definition, names taken":        {`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[{"type":"NamesAccepted","status":"False","reason":"Taken"}]}}`, false, true, "Taken"},
		"definition, established":        {`{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","status":{"conditions":[{"type":"Established","status":"True"}]}}`, true, false, ""},
		"API service, unavailable":       {`{"apiVersion":"apiregistration.k8s.io/v1","kind":"APIService","status":{"conditions":[{"type":"Available","status":"False","reason":"ServiceNotFound"}]}}`, false, false, "ServiceNotFound"},
		"deployment, old pods left":      {`{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":1},"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":1,"availableReplicas":2}}`, false, false, "1 old ones left"},
		"deployment, none wanted":        {`{"apiVersion":"apps/v1","kind":"Deployment","spec":{"replicas":0},"status":{"observedGeneration":1}}`, true, false, ""},
		"deployment, pods refused":       {`{"apiVersion":"apps/v1","kind":"Deployment","status":{"observedGeneration":1,"conditions":[{"type":"ReplicaFailure","status":"True","message":"quota"}]}}`, false, false, "quota"},
	} {
		t.Run(name, func(t *testing.T) {
			u := &unstructured.Unstructured{}
			if err := json.Unmarshal([]byte(c.object), &u.Object); err != nil {
				t.Fatal(err)
			}
			u.SetGeneration(1)
			u.Object = withWholeNumbers(u.Object)
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

package kube

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// becoming creates a resource in the background and returns once the provider says that it waits.
func (f *fixture) becoming(token, name string, inputs map[string]any) <-chan error {
	f.t.Helper()
	finished := make(chan error, 1)
	checked := f.check(token, name, inputs, nil)
	go func() {
		urn := urnOf(token, name)
		_, err := f.Create(f.t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: checked, Timeout: 30})
		finished <- err
	}()
	select {
	case <-f.host.said:
	case err := <-finished:
		f.t.Fatalf("it did not wait (%v)", err)
	}
	return finished
}

func awaited(name, namespace, expression string) map[string]any {
	inputs := configMap(name, namespace, nil)
	inputs["metadata"].(map[string]any)["annotations"] = map[string]any{annotationWaitFor: expression}
	return inputs
}

func TestWaitForEndsWhenTheExpressionHolds(t *testing.T) {
	for name, c := range map[string]struct{ expression, almost, patch string }{
		"value":     {"jsonpath={.data.phase}=Done", `{"data":{"phase":"Doing"}}`, `{"data":{"phase":"Done"}}`},
		"existence": {"jsonpath={.data.phase}", `{"data":{"other":"1"}}`, `{"data":{"phase":"any"}}`},
		"all of several": {`["jsonpath={.data.sync}=Synced","jsonpath={.data.health}=Healthy"]`,
			`{"data":{"sync":"Synced"}}`, `{"data":{"health":"Healthy"}}`},
		"quoted key": {`jsonpath={.metadata.labels['example.test/state']}=on`, `{"metadata":{"labels":{"example.test/state":"off"}}}`,
			`{"metadata":{"labels":{"example.test/state":"on"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			finished := f.becoming(configMapToken, "app", awaited("app", f.namespace, c.expression))
			f.edit("v1", "configmaps", "app", c.almost)
			select {
			case err := <-finished:
				t.Fatalf("it ended too early: %v", err)
			default:
			}
			f.edit("v1", "configmaps", "app", c.patch)
			if err := <-finished; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWaitForACondition(t *testing.T) {
	for expression, status := range map[string]string{"condition=Ready": "True", "condition=Ready=Unknown": "Unknown"} {
		t.Run(expression, func(t *testing.T) {
			f := newFixture(t, nil)
			inputs := quietDeployment("web", f.namespace, 1)
			inputs["metadata"].(map[string]any)["annotations"] = map[string]any{annotationWaitFor: expression}
			finished := f.becoming(deploymentToken, "web", inputs)
			f.edit("apps/v1", "deployments", "web", `{"status":{"conditions":[{"type":"Ready","status":"`+status+`"}]}}`, "status")
			if err := <-finished; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWaitForExpressionsThatCannotBeReadAreRefusedByCheck(t *testing.T) {
	for expression, says := range map[string]string{
		"status=ok":                     "jsonpath= or condition=",
		"jsonpath=.data.a":              "braces",
		"jsonpath={.data.a}=":           "no value",
		"jsonpath={.data[}":             "cannot be read",
		"jsonpath={.data.a}x":           "no value",
		"condition=":                    "names no condition",
		"condition=Ready=":              "names no condition",
		"[]":                            "at least one",
		`["jsonpath={.a}"`:              "JSON array",
		`["jsonpath={.a}","nonsense"]`:  "jsonpath= or condition=",
		`jsonpath='{.data.a}'=somewhat`: "braces",
	} {
		urn := urnOf(configMapToken, "app")
		answer, err := New(nil).Check(t.Context(), plugin.CheckRequest{
			URN: urn, Type: urn.Type(), News: resource.NewPropertyMapFromMap(awaited("app", "default", expression)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Failures) != 1 {
			t.Errorf("%s: %+v", expression, answer.Failures)
			continue
		}
		mustSay(t, failure(answer.Failures[0].Reason), says, annotationWaitFor)
	}
}

type failure string

func (f failure) Error() string { return string(f) }

func TestAWaitThatRunsOutKeepsTheObjectInTheStateAndSaysWhatWasMissing(t *testing.T) {
	f := newFixture(t, nil)
	inputs := awaited("app", f.namespace, "jsonpath={.data.phase}=Done")
	inputs["metadata"].(map[string]any)["annotations"].(map[string]any)[annotationTimeoutSeconds] = "1"
	inputs["data"] = map[string]any{"phase": "Doing"}
	_, err := f.tryCreate(configMapToken, "app", inputs, false)
	mustSay(t, err, "{.data.phase}=Done", `{.data.phase} is "Doing"`, "1s", annotationTimeoutSeconds)
	partial := partialOf(t, err)
	if partial.Id != f.namespace+"/app" || partial.Properties.Fields["data"] == nil {
		t.Errorf("the state would be %v", partial)
	}
}

func TestASecretStaysSecretInTheStateOfAFailedWait(t *testing.T) {
	f := newFixture(t, nil)
	inputs := awaited("app", f.namespace, "jsonpath={.data.phase}=Done")
	inputs["metadata"].(map[string]any)["annotations"].(map[string]any)[annotationTimeoutSeconds] = "1"
	checked := f.check(secretToken, "app", inputs, nil)
	checked["stringData"] = resource.MakeSecret(resource.NewPropertyValue(map[string]any{"password": "correct horse"}))
	urn := urnOf(secretToken, "app")
	_, err := f.Create(t.Context(), plugin.CreateRequest{URN: urn, Type: urn.Type(), Properties: checked})
	properties, unmarshalErr := plugin.UnmarshalProperties(partialOf(t, err).Properties, plugin.MarshalOptions{KeepSecrets: true})
	if unmarshalErr != nil {
		t.Fatal(unmarshalErr)
	}
	if !properties["data"].IsSecret() {
		t.Errorf("the data is %v", properties["data"])
	}
}

func TestCustomTimeoutsBeatTheAnnotation(t *testing.T) {
	u := &unstructured.Unstructured{
		Object: map[string]any{"metadata": map[string]any{"annotations": map[string]any{annotationTimeoutSeconds: "7"}}},
	}
	if timeoutOf(3, u) != 3*time.Second || timeoutOf(0, u) != 7*time.Second || timeoutOf(
		0, &unstructured.Unstructured{Object: map[string]any{}},
	) != 10*time.Minute {
		t.Error("the order is not customTimeouts, annotation, ten minutes")
	}
}

func TestSkipAwaitDoesNotWait(t *testing.T) {
	f := newFixture(t, nil)
	inputs := awaited("app", f.namespace, "jsonpath={.data.never}")
	inputs["metadata"].(map[string]any)["annotations"].(map[string]any)[annotationSkipAwait] = "true"
	f.create(configMapToken, "app", inputs)
}

func TestCancellationEndsAWaitAndKeepsTheState(t *testing.T) {
	f := newFixture(t, nil)
	finished := f.becoming(configMapToken, "app", awaited("app", f.namespace, "jsonpath={.data.never}"))
	if err := f.SignalCancellation(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := <-finished
	mustSay(t, err, "cancelled")
	if partialOf(t, err).Id != f.namespace+"/app" {
		t.Error("the object is lost")
	}
}

func TestAnObjectDeletedWhileItIsWaitedForIsAnError(t *testing.T) {
	f := newFixture(t, nil)
	finished := f.becoming(configMapToken, "app", awaited("app", f.namespace, "jsonpath={.data.never}"))
	if err := f.raw("v1", "configmaps", f.namespace).Delete(t.Context(), "app", deleteNow); err != nil {
		t.Fatal(err)
	}
	mustSay(t, <-finished, "was deleted meanwhile")
}

func TestADeploymentIsReadyWhenItsNewestSpecificationRuns(t *testing.T) {
	f := newFixture(t, nil)
	finished := f.becoming(deploymentToken, "web", deployment("web", f.namespace, 2, nil))
	f.edit(
		"apps/v1", "deployments", "web",
		`{"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":1,"availableReplicas":1}}`, "status",
	)
	for text := range f.host.said {
		if text == "Waiting: 2 of 2 pods updated, 1 available, 0 old ones left" {
			break
		}
	}
	f.edit("apps/v1", "deployments", "web", `{"status":{"readyReplicas":2,"availableReplicas":2}}`, "status")
	if err := <-finished; err != nil {
		t.Error(err)
	}
}

func TestARolloutThatFailsEndsTheWaitAtOnceAndNamesThePods(t *testing.T) {
	f := newFixture(t, nil)
	f.put(
		"v1", "serviceaccounts", f.namespace,
		map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": "default"}},
	)
	f.put("v1", "pods", f.namespace, jsonLike(map[string]any{
		"apiVersion": "v1", "kind": "Pod", "metadata": map[string]any{"name": "web-1", "labels": map[string]any{"app": "web"}},
		"spec": map[string]any{
			"automountServiceAccountToken": false, "containers": []any{map[string]any{"name": "app", "image": "example.test/app:1"}},
		},
	}))
	f.edit("v1", "pods", "web-1",
		`{"status":{"containerStatuses":[{"name":"app","image":"i","imageID":"","restartCount":0,"ready":false,`+
			`"state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]}}`,
		"status")
	finished := f.becoming(deploymentToken, "web", deployment("web", f.namespace, 1, nil))
	f.edit("apps/v1", "deployments", "web",
		`{"status":{"observedGeneration":1,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded",`+
			`"message":"too long"}]}}`, "status")
	mustSay(t, <-finished, "ProgressDeadlineExceeded: too long", "pod web-1: container app waits: ImagePullBackOff: no such image")
}

func TestAnUpdateWaitsForTheNewGenerationNotTheOldStatus(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	f.edit("apps/v1", "deployments", "web",
		`{"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1}}`, "status")
	wanted := deployment("web", f.namespace, 1, nil)
	wanted["spec"].(map[string]any)["minReadySeconds"] = 3
	finished := make(chan error, 1)
	go func() {
		_, err := f.tryUpdate(made, wanted, false)
		finished <- err
	}()
	if text := <-f.host.said; text != "Waiting: its controller has not seen the newest specification" {
		t.Errorf("it says %q", text)
	}
	f.edit("apps/v1", "deployments", "web", `{"status":{"observedGeneration":2}}`, "status")
	if err := <-finished; err != nil {
		t.Error(err)
	}
}

func TestAVolumeClaimThatBindsLaterIsNotWaitedFor(t *testing.T) {
	f := newFixture(t, nil)
	class := f.create("kubernetes:storage.k8s.io/v1:StorageClass", "later", map[string]any{
		"metadata": map[string]any{"name": "later-" + shortHash(t.Name())}, "provisioner": "example.test/none",
		"volumeBindingMode": "WaitForFirstConsumer",
	})
	t.Cleanup(func() { _ = f.tryDelete(class, 0) })
	f.create("kubernetes:core/v1:PersistentVolumeClaim", "data", map[string]any{
		"metadata": map[string]any{"name": "data", "namespace": f.namespace},
		"spec": map[string]any{
			"storageClassName": "later-" + shortHash(t.Name()), "accessModes": []any{"ReadWriteOnce"},
			"resources": map[string]any{"requests": map[string]any{"storage": "1Gi"}},
		},
	})
}

func TestRefreshReportsAWorkloadThatIsNotReady(t *testing.T) {
	f := newFixture(t, nil)
	made := f.create(deploymentToken, "web", quietDeployment("web", f.namespace, 1))
	made.inputs = f.check(deploymentToken, "web", deployment("web", f.namespace, 1, nil), made.inputs)
	_, err := f.Read(
		t.Context(), plugin.ReadRequest{URN: made.urn, Type: made.urn.Type(), ID: made.id, Inputs: made.inputs, State: made.outputs},
	)
	mustSay(t, err, "is not ready")
	if partialOf(t, err).Id != string(made.id) {
		t.Error("the object is lost")
	}
}

package kube

import (
	"context"
	"regexp"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

func check(t *testing.T, token string, inputs map[string]any, adjust func(*plugin.CheckRequest)) (plugin.CheckResponse, error) {
	t.Helper()
	p := New(nil)
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: resource.PropertyMap{
		"kubeconfig": resource.NewStringProperty(kubeconfigText("https://127.0.0.1:1")), "namespace": resource.NewStringProperty("team"),
	}}); err != nil {
		t.Fatal(err)
	}
	urn := urnOf(token, "web")
	request := plugin.CheckRequest{
		URN: urn, Name: "web", Type: urn.Type(), News: resource.NewPropertyMapFromMap(inputs), RandomSeed: []byte("seed"),
	}
	if adjust != nil {
		adjust(&request)
	}
	return p.Check(context.Background(), request)
}

func TestAResourceWithoutANameGetsOneAndKeepsIt(t *testing.T) {
	first, err := check(t, configMapToken, map[string]any{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	name := nested(first.Properties, "metadata", "name").StringValue()
	if !regexp.MustCompile(`^web-[0-9a-f]{8}$`).MatchString(name) {
		t.Errorf("the name is %q", name)
	}
	if mark := nested(first.Properties, "metadata", "annotations", annotationAutonamed); mark.V != "true" {
		t.Errorf("the mark is %v", mark)
	}
	second, err := check(
		t, configMapToken, map[string]any{}, func(r *plugin.CheckRequest) { r.Olds, r.RandomSeed = first.Properties, []byte("other") },
	)
	if err != nil {
		t.Fatal(err)
	}
	if again := nested(second.Properties, "metadata", "name").StringValue(); again != name {
		t.Errorf("the next run names it %q", again)
	}
}

func TestTheEngineDecidesAboutAutomaticNames(t *testing.T) {
	proposed, err := check(t, configMapToken, map[string]any{}, func(r *plugin.CheckRequest) {
		r.Autonaming = &plugin.AutonamingOptions{ProposedName: "web-by-engine", Mode: plugin.AutonamingModePropose}
	})
	if err != nil {
		t.Fatal(err)
	}
	if name := nested(proposed.Properties, "metadata", "name").StringValue(); name != "web-by-engine" {
		t.Errorf("the name is %q", name)
	}
	refused, err := check(t, configMapToken, map[string]any{}, func(r *plugin.CheckRequest) {
		r.Autonaming = &plugin.AutonamingOptions{Mode: plugin.AutonamingModeDisabled}
	})
	if err != nil || len(refused.Failures) != 1 {
		t.Errorf("%+v, %v", refused.Failures, err)
	}
}

func TestTheDefaultNamespaceGoesToKindsThatLiveInOne(t *testing.T) {
	for token, want := range map[string]string{
		configMapToken:  "team",
		deploymentToken: "team",
		namespaceToken:  "",
		"kubernetes:rbac.authorization.k8s.io/v1:ClusterRole":     "",
		"kubernetes:rbac.authorization.k8s.io/v1:Role":            "team",
		"kubernetes:networking.k8s.io/v1:IngressClass":            "",
		"kubernetes:storage.k8s.io/v1:StorageClass":               "",
		"kubernetes:admissionregistration.k8s.io/v1:Anything":     "",
		"kubernetes:apiextensions.k8s.io/v1:CustomResourceThings": "",
	} {
		answer, err := check(t, token, map[string]any{"metadata": map[string]any{"name": "a"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		is := nested(answer.Properties, "metadata", "namespace")
		if want == "" && !is.IsNull() || want != "" && is.V != want {
			t.Errorf("%s gets the namespace %v", token, is)
		}
	}
}

func TestWhatCanNeverBeAppliedIsRefused(t *testing.T) {
	named := func(annotation, value string) map[string]any {
		return map[string]any{"metadata": map[string]any{"name": "a", "annotations": map[string]any{annotation: value}}}
	}
	for name, c := range map[string]struct {
		token  string
		inputs map[string]any
		says   string
	}{
		"a list":                        {"kubernetes:core/v1:ConfigMapList", map[string]any{"items": []any{}}, "Declare each of its items"},
		"a Helm release":                {"kubernetes:helm.sh/v3:Release", map[string]any{}, "not implemented by this plugin"},
		"no type of Kubernetes":         {"kubernetes:index:Thing", map[string]any{}, "not implemented by this plugin"},
		"generateName":                  {configMapToken, map[string]any{"metadata": map[string]any{"generateName": "a-"}}, "generateName"},
		"a patch without a name":        {"kubernetes:core/v1:ConfigMapPatch", map[string]any{}, "needs the name"},
		"a timeout that is no number":   {configMapToken, named(annotationTimeoutSeconds, "1m"), "seconds"},
		"a propagation that is none":    {configMapToken, named(annotationPropagation, "cascade"), "foreground, background or orphan"},
		"a switch that is not a switch": {configMapToken, named(annotationPatchForce, "yes"), `"true" or "false"`},
	} {
		t.Run(name, func(t *testing.T) {
			answer, err := check(t, c.token, c.inputs, nil)
			if err == nil {
				if len(answer.Failures) != 1 {
					t.Fatalf("the failures are %+v", answer.Failures)
				}
				err = failure(answer.Failures[0].Reason)
			}
			mustSay(t, err, c.says)
		})
	}
}

func TestAKindOfAnotherGroupMayEndInList(t *testing.T) {
	if _, err := check(
		t, "kubernetes:network.test/v1:AddressList", map[string]any{"metadata": map[string]any{"name": "a", "namespace": "b"}}, nil,
	); err != nil {
		t.Error(err)
	}
}

func TestNamesAndNamespacesThatAreNotKnownYetAreLeftAlone(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	answer, err := check(t, configMapToken, nil, func(r *plugin.CheckRequest) {
		r.News = resource.PropertyMap{"metadata": resource.NewObjectProperty(resource.PropertyMap{"name": unknown, "namespace": unknown})}
	})
	if err != nil || len(answer.Failures) > 0 {
		t.Fatal(err, answer.Failures)
	}
	metadata := answer.Properties["metadata"].ObjectValue()
	if !metadata["name"].IsComputed() || !metadata["namespace"].IsComputed() {
		t.Errorf("metadata is %v", metadata)
	}
	answer, err = check(t, configMapToken, nil, func(r *plugin.CheckRequest) { r.News = resource.PropertyMap{"metadata": unknown} })
	if err != nil || !answer.Properties["metadata"].IsComputed() {
		t.Errorf("%v, %v", answer.Properties, err)
	}
}

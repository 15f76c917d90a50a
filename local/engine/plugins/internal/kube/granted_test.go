package kube

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
)

const roleBindingToken = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"

// limited returns the fixture's provider as a user who may make one namespace and bind one role, which reaches one Secret, in it.
func limited(t *testing.T) (f *fixture, space string, user string) {
	t.Helper()
	admin := newFixture(t, nil)
	space, user = admin.namespace+"-own", admin.namespace+"-user"
	const rbac = "rbac.authorization.k8s.io/v1"
	rule := func(group, plural, name string, verbs ...any) map[string]any {
		return map[string]any{"apiGroups": []any{group}, "resources": []any{plural}, "resourceNames": []any{name}, "verbs": verbs}
	}
	manage := []any{"create", "delete", "get", "list", "patch", "watch"}
	role := func(name string, rules ...any) {
		admin.put(rbac, "clusterroles", "", map[string]any{
			"apiVersion": rbac, "kind": "ClusterRole", "metadata": map[string]any{"name": name}, "rules": rules,
		})
		t.Cleanup(func() {
			_ = admin.raw(rbac, "clusterroles", "").Delete(context.Background(), name, metav1.DeleteOptions{})
		})
	}
	role(user+"-inner", rule("", "secrets", "pull", manage...))
	role(user,
		rule("", "namespaces", space, manage...),
		rule("rbac.authorization.k8s.io", "rolebindings", "own", manage...),
		rule("rbac.authorization.k8s.io", "clusterroles", user+"-inner", "bind"))
	admin.put(rbac, "clusterrolebindings", "", map[string]any{
		"apiVersion": rbac, "kind": "ClusterRoleBinding", "metadata": map[string]any{"name": user},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}},
	})
	t.Cleanup(func() {
		_ = admin.raw(rbac, "clusterrolebindings", "").Delete(context.Background(), user, metav1.DeleteOptions{})
	})
	config, err := clientcmd.LoadFromFile(testCluster.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range config.AuthInfos {
		who.Impersonate = user
	}
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, path); err != nil {
		t.Fatal(err)
	}
	f = admin.anew()
	if _, err := f.Configure(t.Context(), plugin.ConfigureRequest{
		Inputs: resource.PropertyMap{"kubeconfig": resource.NewStringProperty(path)},
	}); err != nil {
		t.Fatal(err)
	}
	return f, space, user
}

func TestARightThatTheSameRunHasBoundIsWaitedFor(t *testing.T) {
	f, space, user := limited(t)
	spaceInputs := map[string]any{"metadata": map[string]any{"name": space}}
	binding := map[string]any{
		"metadata": map[string]any{"name": "own", "namespace": space},
		"roleRef":  map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": user + "-inner"},
		"subjects": []any{map[string]any{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}},
	}
	pull := map[string]any{"metadata": map[string]any{"name": "pull", "namespace": space}, "stringData": map[string]any{"token": "t"}}
	// The test's own rights take a moment too.
	var err error
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err = f.tryCreate(namespaceToken, "space", spaceInputs, true); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}

	if _, err := f.tryCreate(secretToken, "pull", pull, true); err == nil {
		t.Error("the preview of a Secret is let through although nothing binds a right to it")
	}
	if _, err := f.tryCreate(roleBindingToken, "own", binding, true); err != nil {
		t.Fatalf("the preview of the binding fails: %v", err)
	}
	if _, err := f.tryCreate(secretToken, "pull", pull, true); err != nil {
		t.Errorf("the preview of what needs the binding fails: %v", err)
	}

	f.create(namespaceToken, "space", spaceInputs)
	f.create(roleBindingToken, "own", binding)
	made := f.create(secretToken, "pull", pull)

	if err := f.raw("v1", "namespaces", "").Delete(t.Context(), space, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if _, err = f.raw("v1", "namespaces", "").Get(t.Context(), space, metav1.GetOptions{}); isNotFound(err) {
			break
		}
	}
	if read := f.refresh(made); read.ID != "" {
		t.Errorf("a Secret whose namespace has gone is read as %v", read.Outputs)
	}
}

func TestARightThatNobodyBindsIsNotWaitedFor(t *testing.T) {
	f, _, _ := limited(t)
	start := time.Now()
	_, err := f.tryCreate(secretToken, "pull", map[string]any{"metadata": map[string]any{"name": "pull", "namespace": f.namespace}}, false)
	mustSay(t, err, "the API server forbids it")
	if took := time.Since(start); took > grantWait/2 {
		t.Errorf("it took %s", took)
	}
	if _, err := f.raw("v1", "secrets", f.namespace).Get(t.Context(), "pull", metav1.GetOptions{}); !isNotFound(err) {
		t.Errorf("it was made: %v", err)
	}
}

package kube

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// clusterScoped lists the kinds of Kubernetes itself that live in no namespace, by group. All other kinds of these groups do. Knowing
// them saves a discovery request for each group in every preview.
var clusterScoped = map[string][]string{
	"":                             {"ComponentStatus", "Namespace", "Node", "PersistentVolume"},
	"admissionregistration.k8s.io": {"*"},
	"apiextensions.k8s.io":         {"*"},
	"apiregistration.k8s.io":       {"*"},
	"apps":                         {},
	"authentication.k8s.io":        {"*"},
	"autoscaling":                  {},
	"batch":                        {},
	"certificates.k8s.io":          {"CertificateSigningRequest", "ClusterTrustBundle"},
	"coordination.k8s.io":          {},
	"discovery.k8s.io":             {},
	"events.k8s.io":                {},
	"flowcontrol.apiserver.k8s.io": {"*"},
	"networking.k8s.io":            {"IPAddress", "IngressClass", "ServiceCIDR"},
	"node.k8s.io":                  {"*"},
	"policy":                       {"PodSecurityPolicy"},
	"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
	"scheduling.k8s.io":            {"PriorityClass"},
	"storage.k8s.io":               {"CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"},
}

// builtInScope says whether a kind of Kubernetes itself lives in namespaces; known is false for kinds of other groups.
func builtInScope(gk schema.GroupKind) (namespaced, known bool) {
	kinds, known := clusterScoped[gk.Group]
	if !known {
		return false, false
	}
	return !slices.Contains(kinds, "*") && !slices.Contains(kinds, gk.Kind), true
}

// define remembers what a CustomResourceDefinition of this run will serve, and a Namespace's name: resources that use them are checked
// and previewed before they exist.
func (p *Provider) define(u *unstructured.Unstructured) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case u.GetKind() == "Namespace" && u.GetAPIVersion() == "v1" && u.GetName() != "":
		p.namespaces[u.GetName()] = true
	case isDefinition(u):
		group, _, _ := unstructured.NestedString(u.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(u.Object, "spec", "names", "kind")
		scope, _, _ := unstructured.NestedString(u.Object, "spec", "scope")
		if group != "" && kind != "" {
			p.defined[schema.GroupKind{Group: group, Kind: kind}] = scope == "Namespaced"
		}
	}
}

// defines says whether this run declares the definition of a kind, and whether the kind lives in namespaces.
func (p *Provider) defines(gk schema.GroupKind) (namespaced, defined bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	namespaced, defined = p.defined[gk]
	return namespaced, defined
}

func (p *Provider) declaresNamespace(name string) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.namespaces[name]
}

// binds remembers a RoleBinding that this run has made, or would make.
func (p *Provider) binds(u *unstructured.Unstructured) {
	if u.GetKind() != "RoleBinding" || !strings.HasPrefix(u.GetAPIVersion(), "rbac.authorization.k8s.io/") {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.bound[u.GetNamespace()] = true
}

// grantedLater says whether the right that was missing in a namespace may come from a RoleBinding that this run has just made.
func (p *Provider) grantedLater(namespace string) bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return namespace != "" && p.bound[namespace]
}

func isDefinition(u *unstructured.Unstructured) bool {
	return u.GetKind() == "CustomResourceDefinition" && strings.HasPrefix(u.GetAPIVersion(), "apiextensions.k8s.io/")
}

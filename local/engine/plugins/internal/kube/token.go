package kube

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kindOf reads group, version and kind from a type token such as kubernetes:apps/v1:Deployment or kubernetes:core/v1:ConfigMap.
// It refuses what is no object of a cluster: lists, Helm releases, components.
func kindOf(token string) (schema.GroupVersionKind, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != "kubernetes" || parts[2] == "" {
		return schema.GroupVersionKind{}, fmt.Errorf("%q is not a Kubernetes type: it must read kubernetes:<group>/<version>:<Kind>", token)
	}
	group, version, found := strings.Cut(parts[1], "/")
	if !found || group == "helm.sh" || strings.HasPrefix(group, "kustomize") || group == "yaml" {
		return schema.GroupVersionKind{}, notImplemented("resource", token)
	}
	if group == "core" {
		group = ""
	}
	return schema.GroupVersionKind{Group: group, Version: version, Kind: parts[2]}, nil
}

// fillKind completes apiVersion and kind of an object from its type token and refuses lists.
// For a patch resource (ConfigMapPatch) the object's kind is that of what is patched.
func fillKind(u *unstructured.Unstructured, token string) error {
	gvk, err := kindOf(token)
	if err != nil {
		return err
	}
	if _, has := u.Object["apiVersion"]; !has {
		u.SetAPIVersion(gvk.GroupVersion().String())
	}
	if _, has := u.Object["kind"]; !has {
		u.SetKind(strings.TrimSuffix(gvk.Kind, "Patch"))
	}
	if isListKind(gvk) {
		return fmt.Errorf("%s is a list, and a list is no object of its own in Kubernetes. Declare each of its items as a resource", token)
	}
	return nil
}

// isListKind says whether a token names one of the list types that the SDK generates for every kind it knows.
// Groups outside Kubernetes may have kinds that merely end in List, such as an IPAddressList.
func isListKind(gvk schema.GroupVersionKind) bool {
	if !strings.HasSuffix(gvk.Kind, "List") {
		return false
	}
	return gvk.Group == "" || !strings.Contains(gvk.Group, ".") || strings.HasSuffix(gvk.Group, ".k8s.io")
}

// isPatch says whether a resource sets fields of an object that something else owns, such as ConfigMapPatch.
func isPatch(token string, u *unstructured.Unstructured) bool {
	gvk, err := kindOf(token)
	return err == nil && gvk.Kind == u.GetKind()+"Patch"
}

func notImplemented(what, token string) error {
	return fmt.Errorf("%s %s is not implemented by this plugin, which serves single objects of a cluster. "+
		"Use the published plugin: pulumi plugin install resource kubernetes %s", what, token, Version)
}

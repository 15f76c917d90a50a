package kube

import "strings"

func configMap(name, namespace string, data map[string]any) map[string]any {
	return map[string]any{"metadata": map[string]any{"name": name, "namespace": namespace}, "data": data}
}

func deployment(name, namespace string, replicas int, annotations map[string]any) map[string]any {
	labels := map[string]any{"app": name}
	return map[string]any{
		"metadata": map[string]any{"name": name, "namespace": namespace, "annotations": annotations},
		"spec": map[string]any{
			"replicas": replicas,
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec": map[string]any{"containers": []any{map[string]any{
					"name": "app", "image": "example.test/app:1", "resources": map[string]any{"requests": map[string]any{"cpu": "1000m"}},
				}}},
			},
		},
	}
}

// definition declares a kind of the group example.test whose spec takes size (at least 1) and note.
func definition(plural, kind, scope string) map[string]any {
	properties := map[string]any{
		"spec": map[string]any{"type": "object", "properties": map[string]any{
			"size": map[string]any{"type": "integer", "minimum": 1}, "note": map[string]any{"type": "string"},
			"items": map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
			"any":   map[string]any{"type": "object", "x_kubernetes_preserve_unknown_fields": true},
		}},
		"status": map[string]any{"type": "object", "x_kubernetes_preserve_unknown_fields": true},
	}
	return map[string]any{
		"metadata": map[string]any{"name": plural + ".example.test"},
		"spec": map[string]any{
			"group": "example.test", "scope": scope,
			"names": map[string]any{"plural": plural, "singular": strings.ToLower(kind), "kind": kind, "listKind": kind + "List"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object", "properties": properties}},
			}},
		},
	}
}

const (
	definitionToken = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
	configMapToken  = "kubernetes:core/v1:ConfigMap"
	deploymentToken = "kubernetes:apps/v1:Deployment"
	secretToken     = "kubernetes:core/v1:Secret"
	namespaceToken  = "kubernetes:core/v1:Namespace"
)

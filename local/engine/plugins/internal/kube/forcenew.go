package kube

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// replacedBy lists, by group and kind, the fields whose change makes a new object. Kubernetes refuses to change them in place; the dry run
// finds out about those that are not listed, but it cannot run while a value is not known yet.
var replacedBy = map[string][]string{
	"apps/DaemonSet":   {"spec.selector"},
	"apps/Deployment":  {"spec.selector"},
	"apps/ReplicaSet":  {"spec.selector"},
	"apps/StatefulSet": {"spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"},
	"batch/Job":        {"spec.completions", "spec.parallelism", "spec.selector", "spec.template"},
	"rbac.authorization.k8s.io/ClusterRoleBinding": {"roleRef"},
	"rbac.authorization.k8s.io/RoleBinding":        {"roleRef"},
	"storage.k8s.io/StorageClass":                  {"parameters", "provisioner"},
	"/PersistentVolumeClaim":                       {"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"},
	"/Pod": {
		"spec.affinity", "spec.containers", "spec.initContainers", "spec.nodeName", "spec.nodeSelector", "spec.restartPolicy",
		"spec.securityContext", "spec.serviceAccountName", "spec.volumes",
	},
	"/ResourceQuota": {"spec.scopes"},
	"/Secret":        {"type"},
	"/Service":       {"spec.clusterIP"},
}

// replacing returns the fields of an object whose change replaces it. The data of a ConfigMap or Secret counts among them unless the
// provider says otherwise: as in @pulumi/kubernetes, what uses an automatically named one is then rolled out anew.
func (p *Provider) replacing(u *unstructured.Unstructured, token string) []string {
	fields := []string{"kind", "metadata.name", "metadata.namespace"}
	if isPatch(token, u) {
		return fields
	}
	key := u.GroupVersionKind().Group + "/" + u.GetKind()
	fields = append(fields, replacedBy[key]...)
	immutable, _, _ := unstructured.NestedBool(u.Object, "immutable")
	p.mutex.Lock()
	s := p.settings
	p.mutex.Unlock()
	if key == "/Secret" && (immutable || !s.secretMutable) {
		fields = append(fields, "data", "stringData")
	}
	if key == "/ConfigMap" && (immutable || !s.configMapMutable) {
		fields = append(fields, "binaryData", "data")
	}
	return fields
}

// under says whether a property path is one of the given fields or lies below one, or holds one.
func under(path string, fields []string) bool {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		return false
	}
	keys := make([]string, 0, len(parsed))
	for _, part := range parsed {
		if key, ok := part.(string); ok {
			keys = append(keys, key)
		}
	}
	dotted := strings.Join(keys, ".") + "."
	for _, field := range fields {
		if strings.HasPrefix(dotted, field+".") {
			return true
		}
	}
	return false
}

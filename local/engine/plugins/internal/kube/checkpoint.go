package kube

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// outputsOf returns what the state keeps of a live object: all of it but the managers' book-keeping, which changes with every write of
// anyone, and kubectl's copy of what it last applied, which repeats secrets.
func outputsOf(live *unstructured.Unstructured, inputs resource.PropertyMap) resource.PropertyMap {
	kept := live.DeepCopy()
	unstructured.RemoveNestedField(kept.Object, "metadata", "managedFields")
	unstructured.RemoveNestedField(kept.Object, "metadata", "annotations", annotationLastApplied)
	outputs := propertiesOf(kept.Object)
	markSecrets(outputs, inputs)
	return outputs
}

// previewOf returns the outputs of a dry run without what only the real run can tell.
func previewOf(dry *unstructured.Unstructured, inputs resource.PropertyMap) resource.PropertyMap {
	kept := dry.DeepCopy()
	unstructured.RemoveNestedField(kept.Object, "status")
	for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "generation"} {
		unstructured.RemoveNestedField(kept.Object, "metadata", field)
	}
	return outputsOf(kept, inputs)
}

// notReady reports an object that exists but is not what was waited for. The engine keeps its state and tries again with the next update,
// so that nothing that was made is lost.
func notReady(id resource.ID, outputs, inputs resource.PropertyMap, err error) error {
	options := plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}
	state, marshalErr := plugin.MarshalProperties(outputs, options)
	if marshalErr != nil {
		return marshalErr
	}
	given, marshalErr := plugin.MarshalProperties(inputs, options)
	if marshalErr != nil {
		return marshalErr
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, err.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: string(id), Properties: state, Inputs: given, Reasons: []string{err.Error()},
	})
}

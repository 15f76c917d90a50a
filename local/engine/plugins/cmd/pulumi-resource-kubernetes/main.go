// Command pulumi-resource-kubernetes is the Pulumi plugin for Kubernetes: every kind that the cluster serves, by server-side apply.
package main

import (
	"fmt"
	"io"
	"os"

	"gatehouse/plugins/internal/kube"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/klog/v2"
)

func main() {
	// client-go logs every broken watch; what matters of it reaches the user as an error.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	err := provider.Main("kubernetes", func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return kube.NewServer(host), nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

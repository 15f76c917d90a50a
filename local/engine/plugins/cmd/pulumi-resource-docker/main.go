// Command pulumi-resource-docker is the part of the Pulumi plugin for Docker that Gatehouse uses: containers, images, networks and volumes of a
// Docker host, and the look-up of an image in a registry.
package main

import (
	"fmt"
	"os"

	"gatehouse/plugins/internal/docker"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func main() {
	err := provider.Main("docker", func(*provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return plugin.NewProviderServer(docker.New()), nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

package kube

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Server is a provider as the engine calls it.
type Server struct {
	pulumirpc.ResourceProviderServer
}

// NewServer serves a new provider whose messages go to host.
func NewServer(host Host) *Server {
	return serverOf(New(host))
}

func serverOf(p *Provider) *Server {
	return &Server{ResourceProviderServer: plugin.NewProviderServer(p)}
}

// Diff says of a detailed diff that it is one. The SDK's server leaves that out, and the engine then drops the paths: a preview with
// --diff would show an update without what it updates.
func (s *Server) Diff(ctx context.Context, r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	answer, err := s.ResourceProviderServer.Diff(ctx, r)
	if err == nil {
		answer.HasDetailedDiff = len(answer.DetailedDiff) > 0
	}
	return answer, err
}

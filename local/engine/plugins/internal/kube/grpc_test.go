package kube

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

// dialed serves a provider over gRPC as the plugin's process does, and returns the engine's side of it.
func dialed(t *testing.T, p *Provider) pulumirpc.ResourceProviderClient {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pulumirpc.RegisterResourceProviderServer(server, serverOf(p))
	go func() { _ = server.Serve(listener) }()
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = connection.Close()
		server.Stop()
	})
	return pulumirpc.NewResourceProviderClient(connection)
}

func packed(t *testing.T, properties resource.PropertyMap) *structpb.Struct {
	t.Helper()
	out, err := plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func unpacked(t *testing.T, fields *structpb.Struct) resource.PropertyMap {
	t.Helper()
	out, err := plugin.UnmarshalProperties(fields, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheLifeOfAResourceOverGRPC(t *testing.T) {
	f := newFixture(t, nil)
	client := dialed(t, f.Provider)
	ctx := context.Background()
	hands, err := client.Handshake(ctx, &pulumirpc.ProviderHandshakeRequest{})
	if err != nil || !hands.AcceptSecrets || !hands.SupportsAutonamingConfiguration {
		t.Fatalf("%v, %v", hands, err)
	}
	if _, err := client.Configure(ctx, &pulumirpc.ConfigureRequest{
		Args: packed(t, resource.PropertyMap{
			"kubeconfig":          resource.MakeSecret(resource.NewStringProperty(readFile(t, testCluster.kubeconfig))),
			"enableSecretMutable": resource.NewStringProperty("true"),
		}),
		AcceptSecrets: true, AcceptResources: true,
	}); err != nil {
		t.Fatal(err)
	}
	if info, err := client.GetPluginInfo(ctx, &emptypb.Empty{}); err != nil || info.Version != Version {
		t.Errorf("%v, %v", info, err)
	}
	urn := string(urnOf(secretToken, "token"))
	given := func(value string) *structpb.Struct {
		return packed(t, resource.PropertyMap{
			"metadata":   resource.NewPropertyValue(map[string]any{"name": "token", "namespace": f.namespace}),
			"stringData": resource.NewObjectProperty(resource.PropertyMap{"password": resource.MakeSecret(resource.NewStringProperty(value))}),
		})
	}
	checked, err := client.Check(ctx, &pulumirpc.CheckRequest{Urn: urn, News: given(canary)})
	if err != nil {
		t.Fatal(err)
	}
	made, err := client.Create(ctx, &pulumirpc.CreateRequest{Urn: urn, Properties: checked.Inputs})
	if err != nil {
		t.Fatal(err)
	}
	if text := openTexts(unpacked(t, made.Properties)); strings.Contains(text, canary) {
		t.Errorf("the state shows the secret: %s", text)
	}
	changed, err := client.Check(ctx, &pulumirpc.CheckRequest{Urn: urn, Olds: checked.Inputs, News: given(canary + "2")})
	if err != nil {
		t.Fatal(err)
	}
	diff, err := client.Diff(
		ctx, &pulumirpc.DiffRequest{Urn: urn, Id: made.Id, OldInputs: checked.Inputs, Olds: made.Properties, News: changed.Inputs},
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, has := diff.DetailedDiff["stringData.password"]; diff.Changes != pulumirpc.DiffResponse_DIFF_SOME || !has ||
		!diff.HasDetailedDiff || len(diff.Replaces) != 0 {
		t.Errorf("the diff is %v", diff)
	}
	updated, err := client.Update(
		ctx, &pulumirpc.UpdateRequest{Urn: urn, Id: made.Id, OldInputs: checked.Inputs, Olds: made.Properties, News: changed.Inputs},
	)
	if err != nil {
		t.Fatal(err)
	}
	read, err := client.Read(ctx, &pulumirpc.ReadRequest{Urn: urn, Id: made.Id, Inputs: changed.Inputs, Properties: updated.Properties})
	if err != nil {
		t.Fatal(err)
	}
	if !unpacked(t, read.Inputs).DeepEquals(unpacked(t, changed.Inputs)) {
		t.Errorf("an untouched object reads as %v", read.Inputs)
	}
	if _, err := client.Delete(
		ctx, &pulumirpc.DeleteRequest{Urn: urn, Id: made.Id, OldInputs: changed.Inputs, Properties: updated.Properties},
	); err != nil {
		t.Fatal(err)
	}
	gone, err := client.Read(ctx, &pulumirpc.ReadRequest{Urn: urn, Id: made.Id, Inputs: changed.Inputs, Properties: updated.Properties})
	if err != nil || gone.Id != "" {
		t.Errorf("after the deletion it reads as %v, %v", gone, err)
	}
}

func TestCancelOverGRPCEndsAWait(t *testing.T) {
	f := newFixture(t, nil)
	client := dialed(t, f.Provider)
	urn := string(urnOf(configMapToken, "app"))
	inputs := packed(t, f.check(configMapToken, "app", awaited("app", f.namespace, "jsonpath={.data.never}"), nil))
	finished := make(chan error, 1)
	go func() {
		_, err := client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn, Properties: inputs})
		finished <- err
	}()
	<-f.host.said
	if _, err := client.Cancel(context.Background(), &emptypb.Empty{}); err != nil {
		t.Fatal(err)
	}
	err := <-finished
	mustSay(t, err, "cancelled")
	if partialOf(t, err).Id != f.namespace+"/app" {
		t.Error("the object is lost")
	}
}

func TestFunctionsAndComponentsAreRefusedByName(t *testing.T) {
	client := dialed(t, New(nil))
	_, err := client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: "kubernetes:yaml:decode"})
	mustSay(t, err, "kubernetes:yaml:decode", "published plugin")
}

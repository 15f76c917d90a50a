package docker

import (
	"fmt"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/container"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

var registryUser = &authn.Basic{Username: user, Password: password}

const (
	containerType = tokens.Type("docker:index/container:Container")
	imageType     = tokens.Type("docker:index/remoteImage:RemoteImage")
	networkType   = tokens.Type("docker:index/network:Network")
	volumeType    = tokens.Type("docker:index/volume:Volume")
)

func urn(kind tokens.Type) resource.URN {
	return resource.NewURN("dev", "test", "", kind, "one")
}

func (r rig) create(kind tokens.Type, values map[string]any) (string, resource.PropertyMap) {
	r.Helper()
	answer, err := r.tryCreate(kind, values)
	if err != nil {
		r.Fatal(err)
	}
	id := string(answer.ID)
	r.Cleanup(func() {
		if _, err := r.provider.Delete(r.Context(), plugin.DeleteRequest{
			URN: urn(kind), Type: kind, ID: answer.ID, Inputs: resource.NewPropertyMapFromMap(values),
		}); err != nil && r.Context().Err() == nil {
			r.Error(err)
		}
	})
	return id, answer.Properties
}

func (r rig) tryCreate(kind tokens.Type, values map[string]any) (plugin.CreateResponse, error) {
	r.Helper()
	checked, err := r.provider.Check(r.Context(), plugin.CheckRequest{
		URN: urn(kind), Type: kind, News: resource.NewPropertyMapFromMap(values), RandomSeed: []byte("seed"),
	})
	if err != nil || len(checked.Failures) > 0 {
		r.Fatal(err, checked.Failures)
	}
	return r.provider.Create(r.Context(), plugin.CreateRequest{URN: urn(kind), Type: kind, Properties: checked.Properties})
}

func (r rig) read(kind tokens.Type, id string, values map[string]any) plugin.ReadResponse {
	r.Helper()
	answer, err := r.provider.Read(r.Context(), plugin.ReadRequest{
		URN: urn(kind), Type: kind, ID: resource.ID(id), Inputs: resource.NewPropertyMapFromMap(values),
	})
	if err != nil {
		r.Fatal(err)
	}
	return answer
}

func (r rig) image() string {
	r.Helper()
	host := serve(r.T, guarded)
	name := pushApp(r.T, host)
	signedIn := newRig(r.T, map[string]any{"address": host, "username": user, "password": password})
	_, outputs := signedIn.create(imageType, map[string]any{"name": name, "keepLocally": true})
	if outputs["repoDigest"].StringValue() != name {
		r.Errorf("the digest is %v, not %s", outputs["repoDigest"], name)
	}
	return outputs["imageId"].StringValue()
}

func (r rig) inspect(id string) container.InspectResponse {
	r.Helper()
	api, err := r.provider.daemon.api(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	found, err := api.ContainerInspect(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return found
}

func TestAContainerRunsHealthyAndReadsBackAsDeclared(t *testing.T) {
	r := newRig(t)
	image := r.image()
	labels := []any{map[string]any{"label": "gatehouse.system", "value": "kitchen"}}
	network, _ := r.create(networkType, map[string]any{"name": "healthy", "driver": "bridge", "labels": labels})
	volume, _ := r.create(volumeType, map[string]any{"name": "healthy-data", "labels": labels})
	values := map[string]any{
		"name": "healthy", "image": image, "restart": "unless-stopped", "mustRun": true, "wait": true, "envs": []any{"MODE=test"},
		"labels": labels, "networksAdvanced": []any{map[string]any{"name": "healthy"}},
		"volumes":     []any{map[string]any{"volumeName": volume, "containerPath": "/data"}},
		"healthcheck": map[string]any{"tests": []any{"CMD", "/app", "well"}, "interval": "1s", "retries": 2},
	}
	id, outputs := r.create(containerType, values)
	data := outputs["networkDatas"].ArrayValue()[0].ObjectValue()
	if data["networkName"].StringValue() != "healthy" || data["ipAddress"].StringValue() == "" {
		t.Errorf("the networks are %v", data)
	}
	for kind, one := range map[tokens.Type]struct {
		id     string
		values map[string]any
	}{
		containerType: {id, values},
		networkType:   {network, map[string]any{"name": "healthy", "driver": "bridge", "labels": labels}},
		volumeType:    {volume, map[string]any{"name": "healthy-data", "labels": labels}},
	} {
		declared := resource.NewPropertyMapFromMap(one.values)
		if found := r.read(kind, one.id, one.values); !found.Inputs.DeepEquals(declared) {
			t.Errorf("%s reads back as %v, not %v", kind, found.Inputs, declared)
		}
	}
	if health := r.inspect(id).State.Health.Status; health != container.Healthy {
		t.Errorf("it is %s", health)
	}
}

func TestAStoppedContainerIsAChangeThatStartsItAgain(t *testing.T) {
	r := newRig(t)
	values := map[string]any{"name": "stopped", "image": r.image(), "mustRun": true}
	id, _ := r.create(containerType, values)
	api, _ := r.provider.daemon.api(t.Context())
	if err := api.ContainerKill(t.Context(), id, "KILL"); err != nil {
		t.Fatal(err)
	}
	// A kill is answered before the process is gone.
	_, failed := api.ContainerWait(t.Context(), id, container.WaitConditionNotRunning)
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	ended, _ := api.ContainerWait(t.Context(), id, container.WaitConditionNotRunning)
	<-ended
	found := r.read(containerType, id, values)
	if found.Inputs["mustRun"].BoolValue() {
		t.Fatal("a stopped container reads back as running")
	}
	diff, err := r.provider.Diff(t.Context(), plugin.DiffRequest{
		Type: containerType, OldInputs: found.Inputs, NewInputs: resource.NewPropertyMapFromMap(values),
	})
	if err != nil || diff.Changes != plugin.DiffSome || diff.Replace() {
		t.Fatalf("%+v, %v", diff, err)
	}
	if _, err := r.provider.Update(t.Context(), plugin.UpdateRequest{
		Type: containerType, ID: resource.ID(id), NewInputs: resource.NewPropertyMapFromMap(values),
	}); err != nil {
		t.Fatal(err)
	}
	if !r.inspect(id).State.Running {
		t.Error("it does not run")
	}
}

func TestLimitsAndRestartPolicyChangeInPlace(t *testing.T) {
	r := newRig(t)
	values := map[string]any{"name": "limits", "image": r.image(), "restart": "no"}
	id, _ := r.create(containerType, values)
	values["restart"] = "unless-stopped"
	if _, err := r.provider.Update(t.Context(), plugin.UpdateRequest{
		Type: containerType, ID: resource.ID(id), NewInputs: resource.NewPropertyMapFromMap(values),
	}); err != nil {
		t.Fatal(err)
	}
	if policy := r.inspect(id).HostConfig.RestartPolicy.Name; policy != "unless-stopped" {
		t.Errorf("the policy is %s", policy)
	}
}

func TestAnUnhealthyContainerFailsAndIsKept(t *testing.T) {
	r := newRig(t)
	_, err := r.tryCreate(containerType, map[string]any{
		"name": "ill", "image": r.image(), "wait": true, "waitTimeout": 20,
		"healthcheck": map[string]any{"tests": []any{"CMD", "/app", "ill"}, "interval": "1s", "retries": 1},
	})
	mustSay(t, err, "container ill is unhealthy", "not well")
	api, _ := r.provider.daemon.api(t.Context())
	if err := api.ContainerRemove(t.Context(), "ill", container.RemoveOptions{Force: true}); err != nil {
		t.Error(err)
	}
}

func TestAContainerThatEndsIsNoSuccess(t *testing.T) {
	r := newRig(t)
	_, err := r.tryCreate(containerType, map[string]any{
		"name": "ends", "image": r.image(), "command": []any{"exit", "3"}, "wait": true,
		"healthcheck": map[string]any{"tests": []any{"CMD", "/app", "well"}, "interval": "30s"},
	})
	mustSay(t, err, "container ends ended with exit code 3", "as asked")
	api, _ := r.provider.daemon.api(t.Context())
	if err := api.ContainerRemove(t.Context(), "ends", container.RemoveOptions{Force: true}); err != nil {
		t.Error(err)
	}
}

func TestATakenPortIsNamedAndNothingIsLeft(t *testing.T) {
	r := newRig(t)
	image := r.image()
	host := serve(t, nil)
	var port int
	if _, err := fmt.Sscanf(host[strings.LastIndex(host, ":"):], ":%d", &port); err != nil {
		t.Fatal(err)
	}
	r.create(networkType, map[string]any{"name": "taken", "driver": "bridge"})
	values := map[string]any{
		"name": "taken", "image": image, "networksAdvanced": []any{map[string]any{"name": "taken"}},
		"ports": []any{map[string]any{"internal": 80, "external": port, "ip": "127.0.0.1"}},
	}
	_, err := r.tryCreate(containerType, values)
	mustSay(t, err, "cannot have its port", host)
	api, _ := r.provider.daemon.api(t.Context())
	if _, err := api.ContainerInspect(t.Context(), "taken"); err == nil {
		t.Error("the container is left behind")
	}
}

func TestWhatIsGoneReadsBackAsGone(t *testing.T) {
	r := newRig(t)
	for _, kind := range []tokens.Type{containerType, networkType, volumeType, imageType} {
		if found := r.read(kind, "nowhere", map[string]any{"name": "nowhere", "image": "nowhere"}); found.ID != "" {
			t.Errorf("%s has the id %s", kind, found.ID)
		}
	}
}

func TestANameThatIsTakenIsAnErrorThatSaysSo(t *testing.T) {
	r := newRig(t)
	r.create(networkType, map[string]any{"name": "twice"})
	_, err := r.tryCreate(networkType, map[string]any{"name": "twice"})
	mustSay(t, err, `a network named "twice"`, "pulumi import")
}

func TestAnImageThatCannotBePulledSaysWhereFrom(t *testing.T) {
	r := newRig(t)
	host := serve(t, guarded)
	_, err := r.tryCreate(imageType, map[string]any{"name": pushApp(t, host)})
	mustSay(t, err, "cannot pull "+host, "registryAuth")
}

func TestAPropertyThatIsNotServedIsRefused(t *testing.T) {
	answer, err := New().Check(t.Context(), plugin.CheckRequest{URN: urn(containerType), Type: containerType, RandomSeed: []byte("s"),
		News: resource.NewPropertyMapFromMap(map[string]any{
			"privileged": true, "restart": 1, "ports": []any{map[string]any{"external": 80, "range": "1-2"}},
		})})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, failure := range answer.Failures {
		lines = append(lines, string(failure.Property)+" "+failure.Reason)
	}
	mustSay(t, fmt.Errorf("%s", strings.Join(lines, "\n")), "image is missing", "privileged is not served", "restart must be a string",
		"ports[0].internal is missing", "ports[0].range is not served")
}

func TestTheImageReplacesAContainerAndUnknownOnesDoToo(t *testing.T) {
	old := resource.NewPropertyMapFromMap(map[string]any{"name": "a", "image": "sha256:1", "restart": "no", "waitTimeout": 10})
	for key, want := range map[resource.PropertyKey]bool{"image": true, "name": true, "restart": false, "waitTimeout": false} {
		changed := old.Copy()
		changed[key] = resource.MakeComputed(resource.NewStringProperty(""))
		diff, err := New().Diff(t.Context(), plugin.DiffRequest{Type: containerType, OldInputs: old, NewInputs: changed})
		if err != nil || diff.Changes != plugin.DiffSome || diff.Replace() != want {
			t.Errorf("%s: %+v, %v", key, diff, err)
		}
	}
}

func TestADaemonThatDoesNotAnswerIsNamed(t *testing.T) {
	p := New()
	inputs := resource.NewPropertyMapFromMap(map[string]any{"host": "unix:///nowhere/docker.sock"})
	if _, err := p.Configure(t.Context(), plugin.ConfigureRequest{Inputs: inputs}); err != nil {
		t.Fatal(err)
	}
	_, err := p.Read(t.Context(), plugin.ReadRequest{Type: networkType, ID: "x"})
	mustSay(t, err, "unix:///nowhere/docker.sock does not answer")
}

package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// remoteImages pulls images. An image that the host has already is not pulled again, unless pullTriggers asks for it.
type remoteImages struct{}

type remoteImageInputs struct {
	Name         string   `json:"name"`
	PullTriggers []string `json:"pullTriggers"`
	Platform     string   `json:"platform"`
	KeepLocally  bool     `json:"keepLocally"`
	ForceRemove  bool     `json:"forceRemove"`
}

func (remoteImages) named() bool { return false }

func (remoteImages) create(ctx context.Context, host *host, properties resource.PropertyMap) (string, resource.PropertyMap, error) {
	var inputs remoteImageInputs
	if err := decode(properties, &inputs); err != nil {
		return "", nil, err
	}
	found, err := host.ImageInspect(ctx, inputs.Name)
	if err != nil && !errdefs.IsNotFound(err) {
		return "", nil, err
	}
	if err != nil || len(inputs.PullTriggers) > 0 {
		if err := host.pull(ctx, inputs); err != nil {
			return "", nil, err
		}
		if found, err = host.ImageInspect(ctx, inputs.Name); err != nil {
			return "", nil, fmt.Errorf("the image %s was pulled, but the Docker host does not know it: %w", inputs.Name, err)
		}
	}
	return found.ID + inputs.Name, imageOutputs(inputs.Name, found), nil
}

func imageOutputs(reference string, found image.InspectResponse) resource.PropertyMap {
	digest := ""
	repository := strings.TrimSuffix(strings.SplitN(reference, "@", 2)[0], "")
	if parsed, err := name.ParseReference(reference); err == nil {
		repository = parsed.Context().Name()
	}
	for _, one := range found.RepoDigests {
		if at, err := name.ParseReference(one); err == nil && at.Context().Name() == repository {
			digest = one
		}
	}
	return encode(map[string]any{"imageId": found.ID, "repoDigest": digest})
}

func (h *host) pull(ctx context.Context, inputs remoteImageInputs) error {
	reference, err := name.ParseReference(inputs.Name)
	if err != nil {
		return fmt.Errorf("%q is not an image reference: %w", inputs.Name, err)
	}
	registry := reference.Context().RegistryStr()
	credentials, err := pullCredentials(registry, h.logins)
	if err != nil {
		return err
	}
	body, err := h.ImagePull(ctx, inputs.Name, image.PullOptions{RegistryAuth: credentials, Platform: inputs.Platform})
	if err != nil {
		return cannotPull(inputs.Name, registry, err)
	}
	defer func() { _ = body.Close() }()
	// The pull goes on while its progress is read; a failure is the last thing in it.
	for decoder := json.NewDecoder(body); ; {
		var line struct {
			Error string `json:"error"`
		}
		if err := decoder.Decode(&line); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return cannotPull(inputs.Name, registry, err)
		}
		if line.Error != "" {
			return cannotPull(inputs.Name, registry, errors.New(line.Error))
		}
	}
}

func cannotPull(image, registry string, err error) error {
	return fmt.Errorf("the Docker host cannot pull %s: %w. See that the image is in the registry, that the host reaches %s, and that "+
		"registryAuth of the Docker provider has an account for it", image, err, registry)
}

func (remoteImages) read(
	ctx context.Context, host *host, id string, properties resource.PropertyMap,
) (string, resource.PropertyMap, resource.PropertyMap, error) {
	var inputs remoteImageInputs
	if err := decode(properties, &inputs); err != nil {
		return "", nil, nil, err
	}
	observed := resource.PropertyMap{}
	if inputs.Name == "" {
		// An import names the image.
		inputs.Name = id
		observed["name"] = resource.NewStringProperty(id)
	}
	found, err := host.ImageInspect(ctx, inputs.Name)
	if errdefs.IsNotFound(err) {
		return "", nil, nil, nil
	}
	if err != nil {
		return "", nil, nil, err
	}
	return found.ID + inputs.Name, observed, imageOutputs(inputs.Name, found), nil
}

func (images remoteImages) update(
	ctx context.Context, host *host, id string, properties resource.PropertyMap,
) (resource.PropertyMap, error) {
	_, _, computed, err := images.read(ctx, host, id, properties)
	return computed, err
}

func (remoteImages) remove(ctx context.Context, host *host, _ string, properties resource.PropertyMap) error {
	var inputs remoteImageInputs
	if err := decode(properties, &inputs); err != nil {
		return err
	}
	if inputs.KeepLocally {
		return nil
	}
	_, err := host.ImageRemove(ctx, inputs.Name, image.RemoveOptions{Force: inputs.ForceRemove})
	return err
}

package docker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// registryImage is what getRegistryImage is asked for.
type registryImage struct {
	name               string
	reference          name.Reference
	insecureSkipVerify bool
}

func registryImageArgs(args resource.PropertyMap) (registryImage, []plugin.CheckFailure) {
	given := text(args, "name")
	if given == "" {
		return registryImage{}, []plugin.CheckFailure{{Property: "name", Reason: "is missing: give an image, such as ghcr.io/owner/app:tag"}}
	}
	reference, err := name.ParseReference(given)
	if err != nil {
		return registryImage{}, []plugin.CheckFailure{{
			Property: "name",
			Reason:   fmt.Sprintf("%q is not an image reference: %v. Write registry/owner/app:tag or …@sha256:digest", given, err),
		}}
	}
	return registryImage{name: given, reference: reference, insecureSkipVerify: truthy(args["insecureSkipVerify"])}, nil
}

// lookUp asks the registry for the digest of what the reference names. For an image of several platforms that is the digest of its
// index, which does not depend on the platform of this machine.
func lookUp(ctx context.Context, image registryImage, logins []login) (string, error) {
	used := login{source: "no credentials", auth: authn.Anonymous}
	for _, candidate := range logins {
		if candidate.host == image.reference.Context().RegistryStr() {
			used = candidate
			break
		}
	}
	options := []remote.Option{
		remote.WithContext(ctx),
		remote.WithAuth(used.auth),
		remote.WithTransport(roundTripper(image.insecureSkipVerify)),
		// Two tries: enough for a dropped connection, and a registry that is down is reported within a second.
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Steps: 2}),
	}
	descriptor, err := remote.Head(image.reference, options...)
	if err == nil {
		return descriptor.Digest.String(), nil
	}
	// A registry may answer HEAD without a digest, and it says why it refuses only in the body of a GET.
	full, err := remote.Get(image.reference, options...)
	if err != nil {
		return "", explain(image, used, err)
	}
	return full.Digest.String(), nil
}

func roundTripper(insecureSkipVerify bool) http.RoundTripper {
	if !insecureSkipVerify {
		return remote.DefaultTransport
	}
	base, ok := remote.DefaultTransport.(*http.Transport)
	if !ok {
		return remote.DefaultTransport
	}
	changed := base.Clone()
	changed.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // asked for by the program
	return changed
}

// explain turns a registry's refusal into an error that names the image, what was wrong and what to do.
func explain(image registryImage, used login, err error) error {
	repository, identifier := image.reference.Context(), image.reference.Identifier()
	registry := repository.RegistryStr()
	var refusal *transport.Error
	if !errors.As(err, &refusal) {
		return fmt.Errorf(
			"cannot reach the registry %s, which is to hold %s: %w. Start it, or correct the image's name", registry, image.name, err,
		)
	}
	switch refusal.StatusCode {
	case http.StatusNotFound:
		for _, diagnostic := range refusal.Errors {
			if diagnostic.Code == transport.NameUnknownErrorCode {
				return fmt.Errorf("the registry %s has no repository %s (looking for %q). Push the image first, or correct its name",
					registry, repository.RepositoryStr(), identifier)
			}
		}
		return fmt.Errorf("the registry %s has no %q in %s. Push that tag first, or name one that exists",
			registry, identifier, repository.RepositoryStr())
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("the registry %s does not let us read %s (HTTP %d, with %s). Set registryAuth of the Docker provider "+
			"{ address: %q, username, password } to an account that may read it, or make the package public: %w",
			registry, image.name, refusal.StatusCode, used.source, registry, refusal)
	case http.StatusTooManyRequests:
		return fmt.Errorf("the registry %s limits our requests (HTTP 429, with %s) and did not answer for %s. Try later, or sign in with "+
			"registryAuth",
			registry, used.source, image.name)
	}
	return fmt.Errorf("the registry %s answered HTTP %d for %s: %w", registry, refusal.StatusCode, image.name, refusal)
}

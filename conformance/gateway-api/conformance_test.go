// Package gatewayapi runs the official Gateway API conformance suite as it is; conformance/run gives it its flags.
package gatewayapi

import (
	"testing"

	"sigs.k8s.io/gateway-api/conformance"
)

func TestConformance(t *testing.T) { conformance.RunConformance(t) }

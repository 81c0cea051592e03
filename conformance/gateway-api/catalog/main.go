// Command catalog prints the suite's tests, one a line, tab-separated: name, features (comma-separated), and the
// profiles that count it with their level (comma-separated NAME=core or NAME=extended; "-" if none does).
//
// A test belongs to a profile that has all of the test's features, and is a core test of it when each of them is
// core there: the rule by which the suite's own report counts.
package main

import (
	"fmt"
	"strings"

	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
)

var profiles = []suite.ConformanceProfile{
	suite.GatewayHTTPConformanceProfile,
	suite.GatewayGRPCConformanceProfile,
	suite.GatewayTLSConformanceProfile,
	suite.GatewayTCPConformanceProfile,
	suite.GatewayUDPConformanceProfile,
	suite.MeshHTTPConformanceProfile,
	suite.MeshGRPCConformanceProfile,
}

func main() {
	for _, test := range tests.ConformanceTests {
		var features, counted []string
		for _, feature := range test.Features {
			features = append(features, string(feature))
		}
		for _, profile := range profiles {
			if level := level(profile, test); level != "" {
				counted = append(counted, string(profile.Name)+"="+level)
			}
		}
		if counted == nil {
			counted = []string{"-"}
		}
		fmt.Printf("%s\t%s\t%s\n", test.ShortName, strings.Join(features, ","), strings.Join(counted, ","))
	}
}

// level is "core", "extended", or "" if the profile does not count the test.
func level(profile suite.ConformanceProfile, test suite.ConformanceTest) string {
	level := "core"
	for _, feature := range test.Features {
		if profile.CoreFeatures.Has(feature) {
			continue
		}
		if !profile.ExtendedFeatures.Has(feature) {
			return ""
		}
		level = "extended"
	}
	return level
}

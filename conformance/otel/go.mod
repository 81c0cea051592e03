module weft.dev/conformance/otel

go 1.25

// Reads what the OpenTelemetry Collector's file exporter wrote and checks it against what the probe reported.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

const (
	traceID  = "0af7651916cd43dd8448eb211c80319c"
	callerID = "b7ad6b7169203331"
	server   = 2
	client   = 3
)

type attribute struct {
	Key   string `json:"key"`
	Value struct {
		String *string `json:"stringValue"`
		Bool   *bool   `json:"boolValue"`
		Int    *string `json:"intValue"`
	} `json:"value"`
}

type attributes []attribute

func (a attributes) get(key string) string {
	for _, candidate := range a {
		if candidate.Key != key {
			continue
		}
		switch value := candidate.Value; {
		case value.String != nil:
			return *value.String
		case value.Bool != nil:
			return strconv.FormatBool(*value.Bool)
		case value.Int != nil:
			return *value.Int
		}
	}
	return ""
}

type span struct {
	TraceID    string     `json:"traceId"`
	SpanID     string     `json:"spanId"`
	ParentID   string     `json:"parentSpanId"`
	Kind       int        `json:"kind"`
	Start      string     `json:"startTimeUnixNano"`
	End        string     `json:"endTimeUnixNano"`
	Attributes attributes `json:"attributes"`
}

type logRecord struct {
	TraceID    string     `json:"traceId"`
	EventName  string     `json:"eventName"`
	Attributes attributes `json:"attributes"`
}

type metric struct {
	Name      string `json:"name"`
	Unit      string `json:"unit"`
	Histogram *struct {
		Points []struct {
			Count      string     `json:"count"`
			Bounds     []float64  `json:"explicitBounds"`
			Attributes attributes `json:"attributes"`
		} `json:"dataPoints"`
	} `json:"histogram"`
}

type resource struct {
	Attributes attributes `json:"attributes"`
}

type line struct {
	Traces []struct {
		Resource resource `json:"resource"`
		Scopes   []struct {
			Spans []span `json:"spans"`
		} `json:"scopeSpans"`
	} `json:"resourceSpans"`
	Metrics []struct {
		Scopes []struct {
			Metrics []metric `json:"metrics"`
		} `json:"scopeMetrics"`
	} `json:"resourceMetrics"`
	Logs []struct {
		Scopes []struct {
			Logs []logRecord `json:"logRecords"`
		} `json:"scopeLogs"`
	} `json:"resourceLogs"`
}

type received struct {
	spans    []span
	logs     []logRecord
	metrics  map[string]metric
	resource attributes
	text     strings.Builder
}

func read(path string) (*received, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the collector wrote nothing: %w", err)
	}
	defer file.Close()
	all := &received{metrics: map[string]metric{}}
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 16<<20)
	for scanner.Scan() {
		all.text.Write(scanner.Bytes())
		var message line
		if err := json.Unmarshal(scanner.Bytes(), &message); err != nil {
			return nil, fmt.Errorf("a line is not OTLP JSON: %w", err)
		}
		all.add(message)
	}
	return all, scanner.Err()
}

func (r *received) add(message line) {
	for _, group := range message.Traces {
		r.resource = group.Resource.Attributes
		for _, scope := range group.Scopes {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
	for _, group := range message.Metrics {
		for _, scope := range group.Scopes {
			for _, one := range scope.Metrics {
				r.metrics[one.Name] = one
			}
		}
	}
	for _, group := range message.Logs {
		for _, scope := range group.Scopes {
			r.logs = append(r.logs, scope.Logs...)
		}
	}
}

type check struct {
	failed int
	passed int
}

func (c *check) that(ok bool, format string, args ...any) {
	if ok {
		c.passed++
		return
	}
	c.failed++
	fmt.Printf("FAIL "+format+"\n", args...)
}

func (c *check) equal(what, got, want string) {
	c.that(got == want, "%s is %q, not %q", what, got, want)
}

func (c *check) traces(all *received) {
	c.that(len(all.spans) == 3, "%d spans arrived, not 3", len(all.spans))
	var call, answer *span
	for i, one := range all.spans {
		c.equal("trace id", one.TraceID, traceID)
		c.that(one.End > one.Start, "span %s does not end after it started", one.SpanID)
		switch {
		case one.Kind == client:
			call = &all.spans[i]
		case one.Kind == server && one.Attributes.get("http.response.status_code") == "200":
			answer = &all.spans[i]
		}
	}
	if call == nil || answer == nil {
		c.that(false, "no pair of client and server span arrived")
		return
	}
	c.equal("the client span's parent", call.ParentID, callerID)
	c.equal("the server span's parent", answer.ParentID, call.SpanID)
	for key, want := range map[string]string{
		"http.request.method":       "GET",
		"http.response.status_code": "200",
		"http.request.resend_count": "1",
		"http.route":                "HTTPRoute/shop/orders/0",
		"url.path":                  "/orders/7",
		"url.scheme":                "http",
		"server.address":            "orders.shop",
		"server.port":               "8080",
		"network.protocol.version":  "1.1",
		"weft.side":                 "outbound",
		"weft.mtls":                 "true",
		"weft.source.workload":      "web",
		"weft.source.spiffe_id":     "spiffe://weft.test/ns/shop/sa/web",
		"weft.destination.workload": "orders",
	} {
		c.equal("the client span's "+key, call.Attributes.get(key), want)
	}
	c.equal("service.name", all.resource.get("service.name"), "weft")
	c.equal("k8s.node.name", all.resource.get("k8s.node.name"), "probe")
}

func (c *check) durations(all *received) {
	for name, want := range map[string]uint64{
		"http.client.request.duration": 11,
		"http.server.request.duration": 2,
	} {
		one, ok := all.metrics[name]
		if !ok || one.Histogram == nil {
			c.that(false, "no histogram %s arrived", name)
			continue
		}
		c.equal("the unit of "+name, one.Unit, "s")
		var sum uint64
		for _, point := range one.Histogram.Points {
			count, err := strconv.ParseUint(point.Count, 10, 64)
			c.that(err == nil, "a count of %s is %q", name, point.Count)
			sum += count
			c.that(len(point.Bounds) == 14 && point.Bounds[0] == 0.005, "bounds of %s are %v", name, point.Bounds)
		}
		c.that(sum == want, "%s counted %d requests, not %d", name, sum, want)
	}
	_, ok := all.metrics["weft.telemetry.dropped"]
	c.that(ok, "no weft.telemetry.dropped arrived")
}

func (c *check) records(all *received) {
	events := map[string]int{}
	for _, one := range all.logs {
		events[one.EventName]++
		c.equal("trace id of a log record", one.TraceID, traceID)
		if one.EventName == "weft.audit" {
			c.equal("the audit record's policy", one.Attributes.get("weft.policy"), "shop/only-get")
			c.equal("the audit record's reason", one.Attributes.get("weft.reason"), "POLICY_DENIED")
		}
	}
	c.that(events["weft.access"] == 3, "%d access records arrived, not 3", events["weft.access"])
	c.that(events["weft.audit"] == 1, "%d audit records arrived, not 1", events["weft.audit"])
	c.that(!strings.Contains(all.text.String(), "secret"), "a query was recorded")
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: otel FILE")
		os.Exit(2)
	}
	all, err := read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance/otel:", err)
		os.Exit(1)
	}
	var c check
	c.traces(all)
	c.durations(all)
	c.records(all)
	fmt.Printf("OpenTelemetry Collector: %d spans, %d metrics, %d log records; %d checks passed, %d failed\n",
		len(all.spans), len(all.metrics), len(all.logs), c.passed, c.failed)
	if c.failed > 0 {
		os.Exit(1)
	}
}

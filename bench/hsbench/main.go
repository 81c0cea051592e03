// hsbench measures the rate of new mutual TLS connections. Every iteration: TCP connect, full TLS 1.3
// handshake (no resumption, X25519, P-256 client certificate), one small GET, close.
// -hbone: ALPN h2, CONNECT -authority, then the GET inside the tunnel.
package main

import (
	"bytes"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8103", "target")
	certF := flag.String("cert", "", "client cert")
	keyF := flag.String("key", "", "client key")
	conc := flag.Int("c", 16, "concurrent dialers")
	dur := flag.Duration("d", 8*time.Second, "duration")
	hbone := flag.Bool("hbone", false, "HBONE CONNECT")
	authority := flag.String("authority", "127.0.0.1:9080", "CONNECT authority")
	sni := flag.String("sni", "bench.local", "SNI (empty: none)")
	pq := flag.Bool("pq", false, "offer X25519MLKEM768 first (default X25519 only)")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	cert, err := tls.LoadX509KeyPair(*certF, *keyF)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	cfg := &tls.Config{Certificates: []tls.Certificate{cert}, InsecureSkipVerify: true, ServerName: *sni,
		MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519}, SessionTicketsDisabled: true}
	if *pq {
		cfg.CurvePreferences = []tls.CurveID{tls.X25519MLKEM768, tls.X25519}
	}
	if *hbone {
		cfg.NextProtos = []string{"h2"}
	} else {
		cfg.NextProtos = []string{"http/1.1"}
	}
	var ok, fail atomic.Int64
	var firstErr atomic.Value
	lat := make([][]float64, *conc)
	end := time.Now().Add(*dur)
	t0 := time.Now()
	var wg sync.WaitGroup
	for i := 0; i < *conc; i++ {
		wg.Add(1)
		go func(i int) {
			defer wg.Done()
			for time.Now().Before(end) {
				s := time.Now()
				if err := one(*addr, cfg, *hbone, *authority); err != nil {
					fail.Add(1)
					firstErr.CompareAndSwap(nil, err.Error())
					time.Sleep(5 * time.Millisecond)
					continue
				}
				ok.Add(1)
				lat[i] = append(lat[i], float64(time.Since(s).Microseconds()))
			}
		}(i)
	}
	wg.Wait()
	el := time.Since(t0).Seconds()
	var all []float64
	for _, l := range lat {
		all = append(all, l...)
	}
	sort.Float64s(all)
	p := func(q float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return all[int(q*float64(len(all)-1))] / 1000
	}
	e, _ := firstErr.Load().(string)
	fmt.Printf("{\"ok\":%d,\"fail\":%d,\"secs\":%.3f,\"rate\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"err\":%q}\n",
		ok.Load(), fail.Load(), el, float64(ok.Load())/el, p(.5), p(.99), e)
}

var get = []byte("GET / HTTP/1.1\r\nHost: bench.local\r\nConnection: close\r\n\r\n")

func one(addr string, cfg *tls.Config, hbone bool, authority string) error {
	nc, err := net.DialTimeout("tcp", addr, 3*time.Second)
	if err != nil {
		return err
	}
	nc.SetDeadline(time.Now().Add(5 * time.Second))
	c := tls.Client(nc, cfg)
	defer func() {
		nc.(*net.TCPConn).SetLinger(0)
		nc.Close()
	}()
	if err := c.Handshake(); err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	if c.ConnectionState().DidResume {
		return fmt.Errorf("resumed")
	}
	if hbone {
		return tunnel(c, authority)
	}
	if _, err := c.Write(get); err != nil {
		return err
	}
	var buf [4096]byte
	n, err := c.Read(buf[:])
	if n == 0 {
		return fmt.Errorf("read: %w", err)
	}
	if !bytes.HasPrefix(buf[:n], []byte("HTTP/1.1 200")) {
		return fmt.Errorf("bad reply %.20q", buf[:n])
	}
	return nil
}

func tunnel(c *tls.Conn, authority string) error {
	var out bytes.Buffer
	out.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&out, c)
	f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1 << 20}, http2.Setting{ID: http2.SettingEnablePush, Val: 0})
	var hb bytes.Buffer
	he := hpack.NewEncoder(&hb)
	he.WriteField(hpack.HeaderField{Name: ":method", Value: "CONNECT"})
	he.WriteField(hpack.HeaderField{Name: ":authority", Value: authority})
	f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: hb.Bytes(), EndHeaders: true})
	f.WriteData(1, false, get)
	if _, err := c.Write(out.Bytes()); err != nil {
		return err
	}
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		fr, err := f.ReadFrame()
		if err != nil {
			return fmt.Errorf("h2 read: %w", err)
		}
		switch v := fr.(type) {
		case *http2.MetaHeadersFrame:
			if v.StreamID == 1 && v.PseudoValue("status") != "200" {
				return fmt.Errorf("CONNECT status %s %v", v.PseudoValue("status"), v.Fields)
			}
		case *http2.DataFrame:
			if !bytes.HasPrefix(v.Data(), []byte("HTTP/1.1 200")) {
				return fmt.Errorf("bad reply %.20q", v.Data())
			}
			return nil
		case *http2.SettingsFrame:
			if !v.IsAck() {
				out.Reset()
				f.WriteSettingsAck()
				c.Write(out.Bytes())
			}
		case *http2.RSTStreamFrame:
			return fmt.Errorf("rst %v", v.ErrCode)
		case *http2.GoAwayFrame:
			return fmt.Errorf("goaway %v", v.ErrCode)
		}
	}
}

// Copyright the rtkhooks authors. Distributed under the Boost Software License, Version 1.0. See LICENSE.

// The same calls by Go's standard library: net/http with a connection for each call at a time, and its own queue where
// there are more calls than connections; encoding/json. Options and report are those of ../measure.hpp.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	host       = "127.0.0.1"
	token      = "bench-token-0123456789abcdefghijklmnopqr"
	idLength   = 36
	listLength = 1000
)

var eventNames = []string{
	"meeting.started", "meeting.ended", "meeting.participantJoined", "meeting.participantLeft", "meeting.chatSynced",
	"recording.statusUpdate", "livestreaming.statusUpdate", "meeting.transcript", "meeting.summary",
}

type webhook struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	URL       string    `json:"url"`
	Events    []string  `json:"events"`
	Enabled   bool      `json:"enabled"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

type webhookSpec struct {
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Events  []string `json:"events"`
	Enabled bool     `json:"enabled"`
}

type oneAnswer struct {
	Success bool    `json:"success"`
	Data    webhook `json:"data"`
}

type listAnswer struct {
	Success bool      `json:"success"`
	Data    []webhook `json:"data"`
}

type errorAnswer struct {
	Success bool `json:"success"`
	Error   struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (hook *webhook) isWhole() bool {
	return len(hook.ID) == idLength && len(hook.Events) == len(eventNames)
}

type caller struct {
	http      *http.Client
	url       string
	operation string
	status    int
	trace     *httptrace.ClientTrace // nil unless connections are counted
}

func (c *caller) newRequest() (*http.Request, error) {
	ctx := context.Background()
	if c.trace != nil {
		ctx = httptrace.WithClientTrace(ctx, c.trace)
	}
	method, body := http.MethodGet, io.Reader(nil)
	if c.operation == "create" {
		text, err := json.Marshal(webhookSpec{"Audit trail", "https://hooks.example.com/audit", eventNames, true})
		if err != nil {
			return nil, err
		}
		method, body = http.MethodPost, bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// call makes a call and tells whether the answer is the one expected.
func (c *caller) call() bool {
	request, err := c.newRequest()
	if err != nil {
		return false
	}
	response, err := c.http.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != c.status {
		return false
	}
	switch {
	case c.status >= 400:
		var answer errorAnswer
		return json.Unmarshal(body, &answer) == nil && answer.Error.Code == c.status && answer.Error.Message != ""
	case c.operation == "list":
		var answer listAnswer
		return json.Unmarshal(body, &answer) == nil && len(answer.Data) == listLength &&
			answer.Data[listLength-1].isWhole()
	default:
		var answer oneAnswer
		return json.Unmarshal(body, &answer) == nil && answer.Data.isWhole()
	}
}

// batch makes a number of calls, so many at once, and returns how long each took in µs and how many failed.
func (c *caller) batch(requests, concurrent int) ([]float32, int64) {
	latencies := make([]float32, requests)
	var taken, failures int64
	var running sync.WaitGroup
	for i := 0; i < concurrent; i++ {
		running.Add(1)
		go func() {
			defer running.Done()
			for {
				index := atomic.AddInt64(&taken, 1) - 1
				if index >= int64(requests) {
					return
				}
				began := time.Now()
				if !c.call() {
					atomic.AddInt64(&failures, 1)
				}
				latencies[index] = float32(time.Since(began).Nanoseconds()) / 1000
			}
		}()
	}
	running.Wait()
	return latencies, failures
}

func cpuSeconds() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// memory is a line of /proc/self/status, in KiB.
func memory(name string) int {
	text, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, name) {
			value, _ := strconv.Atoi(strings.Fields(line)[1])
			return value
		}
	}
	return 0
}

func main() {
	port := flag.Int("port", 0, "")
	ca := flag.String("ca", "", "")
	target := flag.String("target", "", "")
	operation := flag.String("operation", "get", "")
	status := flag.Int("status", 200, "")
	connections := flag.Int("connections", 1, "")
	concurrent := flag.Int("concurrent", 1, "")
	requests := flag.Int("requests", 1000, "")
	warmUp := flag.Int("warm-up", 100, "")
	resume := flag.String("resume", "", "")
	flag.Parse()

	pem, err := os.ReadFile(*ca)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		fmt.Fprintln(os.Stderr, "no authority in", *ca, err)
		os.Exit(1)
	}
	security := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}
	if *resume != "no" {
		security.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	calls := &caller{
		http: &http.Client{
			Timeout: time.Minute,
			Transport: &http.Transport{
				TLSClientConfig:     security,
				MaxConnsPerHost:     *connections,
				MaxIdleConns:        *connections,
				MaxIdleConnsPerHost: *connections,
				IdleConnTimeout:     time.Hour,
				DisableCompression:  true,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		url:       fmt.Sprintf("https://%s:%d%s", host, *port, *target),
		operation: *operation,
		status:    *status,
	}
	var opened, resumed int64
	if *resume != "" {
		calls.trace = &httptrace.ClientTrace{TLSHandshakeDone: func(state tls.ConnectionState, _ error) {
			opened++ // there is one call at a time
			if state.DidResume {
				resumed++
			}
		}}
	}

	calls.batch(*warmUp, *concurrent)
	opened, resumed = 0, 0
	began, cpu := time.Now(), cpuSeconds()
	latencies, failures := calls.batch(*requests, *concurrent)
	cpu = cpuSeconds() - cpu
	wall := time.Since(began).Seconds()

	sort.Slice(latencies, func(i, j int) bool { return latencies[i] < latencies[j] })
	report, err := json.Marshal(map[string]interface{}{
		"requests": *requests, "failures": failures, "wall_s": wall, "cpu_s": cpu,
		"p50_us": latencies[*requests/2], "p99_us": latencies[*requests*99/100],
		"rss_kib": memory("VmRSS:"), "peak_rss_kib": memory("VmHWM:"), "opened": opened, "resumed": resumed,
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(report))
}

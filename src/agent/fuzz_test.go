package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// longestRefusal is far beyond what a person reads, and far below what a peer can send.
const longestRefusal = 4096

// FuzzParseRequest: every command is a request that keeps its bounds, or a refusal that can be sent.
func FuzzParseRequest(f *testing.F) {
	f.Add(`hello {"protocol":1}`)
	f.Add(`run {"protocol":1,"id":"a.b-1","length":5,"offset":7,"shells":["/bin/sh"],"umask":"0000","path_prefix":"/x","kill_after":0.5}`)
	f.Add(`follow {"protocol":1,"id":"a","offset":9007199254740991}`)
	f.Add(`kill {"protocol":1,"id":"a","signal":"TERM"}`)
	f.Add(`exec {"protocol":1,"argv":["/bin/sh","-c","true"],"timeout":1e300}`)
	f.Fuzz(func(t *testing.T, command string) {
		parsed, refused := parseRequest(command)
		if refused != nil {
			event, err := json.Marshal(refused.message)
			if err != nil || len(refused.message) > longestRefusal || strings.Contains(string(event), "\n") {
				t.Fatalf("refusal of %d bytes, %v", len(refused.message), err)
			}
			return
		}
		switch r := parsed.(type) {
		case helloRequest:
		case runRequest:
			checkID(t, r.id)
			checkWords(t, append(r.shells, r.pathPrefix))
			checkTime(t, r.killAfter)
			if r.length < 0 || r.offset < 0 || len(r.shells) == 0 || r.umask != nil && (*r.umask < 0 || *r.umask > 0o7777) {
				t.Fatalf("out of bounds: %+v", r)
			}
		case followRequest:
			checkID(t, r.id)
			if r.offset < 0 {
				t.Fatalf("out of bounds: %+v", r)
			}
		case killRequest:
			checkID(t, r.id)
			if _, known := killSignals[r.signal]; !known {
				t.Fatalf("signal %q", r.signal)
			}
		case execRequest:
			checkWords(t, append(r.argv, r.pathPrefix))
			checkTime(t, r.timeout)
			if len(r.argv) == 0 {
				t.Fatal("no program")
			}
		default:
			t.Fatalf("neither a request nor a refusal: %T", parsed)
		}
	})
}

// checkID: it becomes the name of a file.
func checkID(t *testing.T, id string) {
	if id == "" || len(id) > 64 || id[0] == '.' || strings.ContainsAny(id, "/\x00\n") {
		t.Fatalf("id %q", id)
	}
}

// checkWords: the kernel takes no zero byte.
func checkWords(t *testing.T, words []string) {
	for _, word := range words {
		if strings.Contains(word, "\x00") {
			t.Fatalf("word %q", word)
		}
	}
}

// checkTime: a number of seconds that no duration can hold must not become one before now.
func checkTime(t *testing.T, wait time.Duration) {
	if wait < 0 {
		t.Fatalf("time %v", wait)
	}
}

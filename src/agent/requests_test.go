package main

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestARunRequestHasItsDefaults(t *testing.T) {
	got, refused := parseRequest(`run {"protocol":1,"id":"a.b-1","length":5,"shells":["/bin/sh"],"later":true}`)
	want := runRequest{id: "a.b-1", length: 5, shells: []string{"/bin/sh"}, killAfter: 10 * time.Second}
	if refused != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, refused)
	}
}

func TestARunRequestSaysItAll(t *testing.T) {
	got, refused := parseRequest(`run {"protocol":1,"id":"a","length":0,"offset":7,"shells":["/a","/b"],"umask":"027",` +
		`"path_prefix":"/x","kill_after":0.5}`)
	want := runRequest{"a", 0, 7, []string{"/a", "/b"}, new(0o027), "/x", 500 * time.Millisecond}
	if refused != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, refused)
	}
}

func TestRefusedRequests(t *testing.T) {
	for _, test := range []struct{ command, word, says string }{
		{"dance", "unknown-verb", `"dance"`},
		{"run", "bad-request", "JSON"},
		{"hello null", "bad-request", "JSON"},
		{`hello {"protocol":1} x`, "bad-request", "JSON"},
		{`hello {"protocol":1.5}`, "bad-protocol", "version 1"},
		{`hello {"Protocol":1}`, "bad-request", "protocol"},
		{`follow {"protocol":1,"id":"a","offset":null}`, "bad-request", "offset"},
		{`follow {"protocol":1,"id":"a","offset":1e300}`, "bad-request", "offset"},
		{`follow {"protocol":1,"id":"a\n","offset":0}`, "bad-request", "id"},
		{`run {"protocol":1,"id":"a","length":0,"shells":["/a\u0000"]}`, "bad-request", "shells[0]"},
		{`run {"protocol":1,"id":"a","length":0,"shells":["/a"],"umask":null}`, "bad-request", "umask"},
		{`run {"protocol":1,"id":"a","length":0,"shells":["/a"],"umask":"00000"}`, "bad-request", "umask"},
		{`exec {"protocol":1,"argv":["a",1]}`, "bad-request", "argv[1]"},
		{`exec {"protocol":1,"argv":["a"],"timeout":"1"}`, "bad-request", "timeout"},
		{`kill {"protocol":1,"id":"a","signal":"STOP"}`, "bad-request", "TERM, KILL"},
	} {
		t.Run(test.command, func(t *testing.T) {
			_, refused := parseRequest(test.command)
			if refused == nil || refused.word != test.word || !strings.Contains(refused.message, test.says) {
				t.Errorf("got %+v", refused)
			}
		})
	}
}

func TestTheFirstOfManyMistakesIsNamed(t *testing.T) {
	_, refused := parseRequest(`run {"protocol":1}`)
	if refused == nil || !strings.HasPrefix(refused.message, "id ") {
		t.Errorf("got %+v", refused)
	}
}

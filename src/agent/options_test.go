package main

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const serveWords = "--container build --port 22023 --keys /k --run /r --max-lifetime 3600 --abandon-after 0.5"

func TestServeIsToldEverything(t *testing.T) {
	got, err := parseServe(strings.Fields(serveWords))
	want := serveOptions{"build", 22023, "/k", "/r", time.Hour, 500 * time.Millisecond}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestInstallTakesManyKeys(t *testing.T) {
	got, err := parseInstall(strings.Fields("--dest /d --keys /a:/b --keys /c:/d"))
	want := installOptions{"/d", []keysCopy{{"/a", "/b"}, {"/c", "/d"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestWrongFlagsAreNamed(t *testing.T) {
	parsers := map[string]func([]string) error{
		"install": func(words []string) error { _, err := parseInstall(words); return err },
		"serve":   func(words []string) error { _, err := parseServe(words); return err },
	}
	for _, test := range []struct{ command, words, says string }{
		{"install", "--keys /a:/b", "--dest"},
		{"install", "--dest /d --keys /a", "FROM:TO"},
		{"serve", strings.Replace(serveWords, "--run /r", "", 1), "--run"},
		{"serve", strings.Replace(serveWords, "22023", "99999", 1), "port"},
		{"serve", strings.Replace(serveWords, "3600", "NaN", 1), "max-lifetime"},
		{"serve", strings.Replace(serveWords, "0.5", "0", 1), "abandon-after"},
		{"serve", serveWords + " --verbose", "verbose"},
		{"serve", serveWords + " more", `"more"`},
	} {
		t.Run(test.words, func(t *testing.T) {
			err := parsers[test.command](strings.Fields(test.words))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATimeBeyondAllMeasureIsLong(t *testing.T) {
	if got := seconds(1e300); got != longest {
		t.Errorf("got %v", got)
	}
}

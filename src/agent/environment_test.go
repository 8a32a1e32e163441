package main

import (
	"slices"
	"testing"
)

func TestScriptsGetTheEnvironmentOfTheContainer(t *testing.T) {
	image := environment{
		"PATH=/opt/x/bin:/bin", "DOUBLE=1", "DOUBLE=2", "no equals sign", "=begins with it", "EMPTY=", "GODEBUG=x=1,y=2",
		"LINES=a\nb", "GOGC=off", "NOT_UTF8=\xff",
	}
	own := slices.Insert(slices.Clone(image), 3, listenVariable+"=127.0.0.1")
	if got := own.ofScripts(); !slices.Equal(got, image) {
		t.Errorf("got %q", got)
	}
}

func TestNoGoVariableActsOnTheAgent(t *testing.T) {
	image := environment{"GODEBUG=fips140=only", "A=1", "GOGC=1", "GOGCX=2", "GODEBUG=again", "GOMEMLIMIT"}
	hidden := image.withoutGoVariables()
	want := environment{
		"ECI_AGENT_KEPT_GODEBUG=fips140=only", "A=1", "ECI_AGENT_KEPT_GOGC=1", "GOGCX=2", "ECI_AGENT_KEPT_GODEBUG=again",
		"GOMEMLIMIT",
	}
	if !slices.Equal(hidden, want) {
		t.Errorf("the agent gets %q", hidden)
	}
	if again := hidden.withoutGoVariables(); !slices.Equal(again, hidden) {
		t.Errorf("the agent would start for ever: %q", again)
	}
	if restored := hidden.ofScripts(); !slices.Equal(restored, image) {
		t.Errorf("scripts get %q", restored)
	}
}

func TestFoldersAroundPath(t *testing.T) {
	for _, test := range []struct {
		name              string
		before            environment
		first, last, want string
	}{
		{"in front", environment{"PATH=/bin"}, "/a", "", "/a:/bin"},
		{"at the end", environment{"PATH=/bin"}, "", "/b", "/bin:/b"},
		{"of an empty one", environment{"PATH="}, "/a", "/b", "/a:/b"},
		{"of none", environment{"A=1"}, "/a", "", "/a"},
		{"not at all", environment{"PATH=/bin"}, "", "", "/bin"},
	} {
		t.Run(test.name, func(t *testing.T) {
			original := slices.Clone(test.before)
			if got := test.before.withPath(test.first, test.last).get("PATH"); got != test.want {
				t.Errorf("got %q", got)
			}
			if !slices.Equal(original, test.before) {
				t.Errorf("the environment of the container is %q now", test.before)
			}
		})
	}
}

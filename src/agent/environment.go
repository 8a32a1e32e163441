package main

import (
	"os"
	"slices"
	"strings"
	"syscall"
)

// listenVariable holds the address to listen on. It is the agent's, so no script sees it.
const listenVariable = "ECI_AGENT_LISTEN"

// keptPrefix marks a variable of the image that is kept from acting on the agent.
const keptPrefix = "ECI_AGENT_KEPT_"

// goVariables act on every Go program: GODEBUG=fips140=on alone leaves the agent no key exchange that its clients know.
var goVariables = []string{"GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "GOTRACEBACK"}

// environment is a process environment as execve got it: in its order, with whatever is doubled or malformed.
type environment []string

// ownEnvironment reads it where Go has not sorted out doubled names yet. Without /proc these are lost.
func ownEnvironment() environment {
	raw, err := os.ReadFile("/proc/self/environ")
	if err != nil {
		return os.Environ()
	}
	text := strings.TrimSuffix(string(raw), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}

// escapeGoVariables starts the agent anew, as the same process, when the image has variables that act on Go programs, with these
// under other names. It returns when there is nothing to escape from.
func escapeGoVariables(own environment) {
	hidden := own.withoutGoVariables()
	if slices.Equal(hidden, own) {
		return
	}
	err := syscall.Exec("/proc/self/exe", os.Args, hidden)
	if err != nil {
		// Without /proc. The driver names the agent by its whole path.
		err = syscall.Exec(os.Args[0], os.Args, hidden)
	}
	say("variables of the image act on the agent, as it could not start anew: %v", err)
}

// withoutGoVariables has them under other names.
func (e environment) withoutGoVariables() environment {
	return e.renamed(func(name string) string {
		if slices.Contains(goVariables, name) {
			return keptPrefix + name
		}
		return name
	})
}

// ofScripts is the container's own environment, without what belongs to the agent.
func (e environment) ofScripts() environment {
	restored := e.renamed(func(name string) string {
		if original, kept := strings.CutPrefix(name, keptPrefix); kept && slices.Contains(goVariables, original) {
			return original
		}
		return name
	})
	return slices.DeleteFunc(restored, func(entry string) bool { return strings.HasPrefix(entry, listenVariable+"=") })
}

// get is empty for a variable that is not there.
func (e environment) get(name string) string {
	for _, entry := range e {
		if value, found := strings.CutPrefix(entry, name+"="); found {
			return value
		}
	}
	return ""
}

// withPath returns a copy whose PATH has a folder more in front and one more at its end; either may be empty.
func (e environment) withPath(first, last string) environment {
	if first == "" && last == "" {
		return e
	}
	changed := slices.Clone(e)
	found := false
	for i, entry := range changed {
		if value, isPath := strings.CutPrefix(entry, "PATH="); isPath {
			changed[i] = "PATH=" + joinPath(first, value, last)
			found = true
		}
	}
	if !found {
		changed = append(changed, "PATH="+joinPath(first, last))
	}
	return changed
}

func joinPath(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), ":")
}

func (e environment) renamed(name func(string) string) environment {
	changed := make(environment, len(e))
	for i, entry := range e {
		before, value, hasValue := strings.Cut(entry, "=")
		changed[i] = entry
		if hasValue {
			changed[i] = name(before) + "=" + value
		}
	}
	return changed
}

package main

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// keysCopy is one container's share of the keys on its way from the group's volume into the container's own.
type keysCopy struct {
	from, to string
}

type installOptions struct {
	dest string
	keys []keysCopy
}

type serveOptions struct {
	container    string
	port         uint16
	keys         string
	run          string
	maxLifetime  time.Duration
	abandonAfter time.Duration
}

func parseInstall(words []string) (installOptions, error) {
	options := installOptions{}
	set := newFlags("install")
	set.StringVar(&options.dest, "dest", "", "")
	set.Func("keys", "", func(value string) error {
		from, to, _ := strings.Cut(value, ":")
		if from == "" || to == "" || strings.Contains(to, ":") {
			return fmt.Errorf("it has to be FROM:TO")
		}
		options.keys = append(options.keys, keysCopy{from, to})
		return nil
	})
	return options, parse(set, words, "dest")
}

func parseServe(words []string) (serveOptions, error) {
	options := serveOptions{}
	set := newFlags("serve")
	set.StringVar(&options.container, "container", "", "")
	set.StringVar(&options.keys, "keys", "", "")
	set.StringVar(&options.run, "run", "", "")
	set.Func("port", "", func(value string) error {
		port, err := strconv.ParseUint(value, 10, 16)
		if err != nil || port == 0 {
			return fmt.Errorf("it has to be a port, 1 to 65535")
		}
		options.port = uint16(port)
		return nil
	})
	set.Func("max-lifetime", "", duration(&options.maxLifetime))
	set.Func("abandon-after", "", duration(&options.abandonAfter))
	err := parse(set, words, "container", "port", "keys", "run", "max-lifetime", "abandon-after")
	return options, err
}

func newFlags(command string) *flag.FlagSet {
	set := flag.NewFlagSet(command, flag.ContinueOnError)
	// The error says it all, once.
	set.SetOutput(io.Discard)
	return set
}

// parse reads the flags of a command and names a required one that is missing.
func parse(set *flag.FlagSet, words []string, required ...string) error {
	if err := set.Parse(words); err != nil {
		return fmt.Errorf("%s: %w", set.Name(), err)
	}
	if set.NArg() > 0 {
		return fmt.Errorf("%s: the word %q belongs to no flag", set.Name(), set.Arg(0))
	}
	given := map[string]bool{}
	set.Visit(func(each *flag.Flag) { given[each.Name] = true })
	for _, name := range required {
		if !given[name] {
			return fmt.Errorf("%s needs --%s", set.Name(), name)
		}
	}
	return nil
}

func duration(into *time.Duration) func(string) error {
	return func(value string) error {
		number, err := strconv.ParseFloat(value, 64)
		if err != nil || !(number > 0) {
			return fmt.Errorf("it has to be a number of seconds above 0")
		}
		*into = seconds(number)
		return nil
	}
}

// longest keeps a number of seconds that nobody can mean within what a duration holds.
const longest = 10 * 365 * 24 * time.Hour

// seconds turns the protocol's unit into Go's.
func seconds(number float64) time.Duration {
	if number > longest.Seconds() {
		return longest
	}
	return time.Duration(number * float64(time.Second))
}

package main

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	defaultKillAfter   = 10
	defaultExecTimeout = 30
)

var (
	idPattern    = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$`)
	umaskPattern = regexp.MustCompile(`^[0-7]{1,4}$`)
)

// request is one of helloRequest, runRequest, followRequest, killRequest and execRequest.
type request any

type helloRequest struct{}

type runRequest struct {
	id         string
	length     int64
	offset     int64
	shells     []string
	umask      *int
	pathPrefix string
	killAfter  time.Duration
}

type followRequest struct {
	id     string
	offset int64
}

type killRequest struct {
	id     string
	signal string
}

type execRequest struct {
	argv       []string
	timeout    time.Duration
	pathPrefix string
}

var parsers = map[string]func(*members) request{
	"hello":  func(*members) request { return helloRequest{} },
	"run":    parseRun,
	"follow": func(m *members) request { return followRequest{m.id(), m.count("offset")} },
	"kill":   func(m *members) request { return killRequest{m.id(), m.oneOf("signal", "TERM", "KILL", "INT", "HUP")} },
	"exec":   parseExec,
}

// parseRequest reads an exec command: a verb, a blank and one JSON object.
func parseRequest(command string) (request, *refusal) {
	verb, text, _ := strings.Cut(command, " ")
	parser, known := parsers[verb]
	if !known {
		return nil, refuse("unknown-verb", "the verb %.40q is not known", verb)
	}
	m := parseMembers(text)
	if m == nil {
		return nil, refuse("bad-request", "a JSON object has to follow the verb")
	}
	spoken, isNumber := m.object["protocol"].(float64)
	if !m.expect(isNumber, "protocol", "a number") {
		return nil, m.wrong
	}
	if spoken != protocol {
		return nil, refuse("bad-protocol", "this agent speaks version %d", protocol)
	}
	parsed := parser(m)
	return parsed, m.wrong
}

func parseRun(m *members) request {
	parsed := runRequest{
		id:        m.id(),
		length:    m.count("length"),
		shells:    m.texts("shells"),
		umask:     m.umask(),
		killAfter: m.secondsOr("kill_after", defaultKillAfter),
	}
	if m.has("offset") {
		parsed.offset = m.count("offset")
	}
	parsed.pathPrefix = m.textOr("path_prefix", "")
	return parsed
}

func parseExec(m *members) request {
	return execRequest{m.texts("argv"), m.secondsOr("timeout", defaultExecTimeout), m.textOr("path_prefix", "")}
}

func (m *members) id() string {
	id, _ := m.object["id"].(string)
	m.expect(idPattern.MatchString(id), "id", "1 to 64 of A-Z a-z 0-9 . _ -, not starting with a dot")
	return id
}

func (m *members) umask() *int {
	if !m.has("umask") {
		return nil
	}
	digits, _ := m.object["umask"].(string)
	m.expect(umaskPattern.MatchString(digits), "umask", "a text of octal digits")
	mask, _ := strconv.ParseInt(digits, 8, 32)
	return new(int(mask))
}

func (m *members) secondsOr(name string, otherwise float64) time.Duration {
	if m.has(name) {
		return seconds(m.seconds(name))
	}
	return seconds(otherwise)
}

func (m *members) textOr(name, otherwise string) string {
	if m.has(name) {
		return m.text(name)
	}
	return otherwise
}

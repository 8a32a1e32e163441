package main

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// members reads the JSON object of a request. It keeps the first thing that is wrong; what is asked for after that is empty.
type members struct {
	object map[string]any
	wrong  *refusal
}

// parseMembers returns nil when the text is no JSON object.
func parseMembers(text string) *members {
	object := map[string]any{}
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		return nil
	}
	return &members{object: object}
}

func (m *members) has(name string) bool {
	_, present := m.object[name]
	return present
}

func (m *members) expect(condition bool, name, what string) bool {
	if !condition && m.wrong == nil {
		m.wrong = refuse("bad-request", "%s has to be %s", name, what)
	}
	return condition
}

// largestCount is the largest integer that every JSON implementation keeps exactly.
const largestCount = 1<<53 - 1

func (m *members) count(name string) int64 {
	number, isNumber := m.object[name].(float64)
	whole := isNumber && number >= 0 && number <= largestCount && number == math.Trunc(number)
	if !m.expect(whole, name, "an integer from 0") {
		return 0
	}
	return int64(number)
}

func (m *members) seconds(name string) float64 {
	number, isNumber := m.object[name].(float64)
	if !m.expect(isNumber && number >= 0, name, "a number of seconds from 0") {
		return 0
	}
	return number
}

// text is a word that the kernel takes: it has no zero byte.
func (m *members) text(name string) string {
	text, isText := m.object[name].(string)
	m.expect(isText && !strings.Contains(text, "\x00"), name, "a text without a zero byte")
	return text
}

func (m *members) texts(name string) []string {
	list, isList := m.object[name].([]any)
	if !m.expect(isList && len(list) > 0, name, "a list that is not empty") {
		return nil
	}
	texts := make([]string, len(list))
	for i, each := range list {
		text, isText := each.(string)
		m.expect(isText && !strings.Contains(text, "\x00"), fmt.Sprintf("%s[%d]", name, i), "a text without a zero byte")
		texts[i] = text
	}
	return texts
}

func (m *members) oneOf(name string, words ...string) string {
	text, _ := m.object[name].(string)
	for _, word := range words {
		if text == word {
			return word
		}
	}
	m.expect(false, name, "one of "+strings.Join(words, ", "))
	return ""
}

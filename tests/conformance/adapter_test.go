//go:build conformance

// What Tekton's conformance suite (test/conformance of its Go module) asks of who wants to be judged: a run as YAML in, the
// finished run out. `tektonc run - -o yaml` does both; run.py puts this file beside the suite.
package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The suite uses both spellings.
const (
	SucceedConditionStatus = succeedConditionStatus
	FailureConditionStatus = failureConditionStatus
)

// Tekton 1.15 has these reasons since it tells failures apart (its issue 7396); the suite of the same release still wants the
// one that there was before.
var finer = regexp.MustCompile(`(?m)^(    reason: )(StepFailed|SidecarFailed)$`)

func ProcessAndSendToTekton(inputYAML, primitiveType string, customInputs ...interface{}) (string, error) {
	t := customInputs[0].(*testing.T)
	wantsFailure := len(customInputs) > 1 && customInputs[1].(bool)
	words := append([]string{"run", "-", "-o", "yaml", "--engine=" + os.Getenv("ENGINE")}, strings.Fields(os.Getenv("RUN_OPTIONS"))...)
	command := exec.Command(os.Getenv("TEKTONC"), words...)
	command.Env = append(os.Environ(), "XDG_STATE_HOME="+filepath.Join(t.TempDir(), "state"))
	command.Stdin = strings.NewReader(inputYAML)
	var out, log bytes.Buffer
	command.Stdout, command.Stderr = &out, &log
	err := command.Run()
	t.Logf("%s", log.String())
	if err != nil && !(wantsFailure && command.ProcessState.ExitCode() == 1) {
		return out.String(), fmt.Errorf("%w\n%s", err, log.String())
	}
	if !strings.Contains(out.String(), "kind: "+primitiveType+"\n") {
		return "", fmt.Errorf("no %s in\n%s", primitiveType, out.String())
	}
	return finer.ReplaceAllString(out.String(), "${1}Failed"), nil
}

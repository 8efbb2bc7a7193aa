package timeline

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheQuickWayTakesWhatFilesHold(t *testing.T) {
	for path, data := range examples(t) {
		for i, line := range strings.Split(string(data), "\n") {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if _, ok := scan([]byte(line)); !ok {
				t.Errorf("%s:%d goes the slow way", path, i+1)
			}
		}
	}
}

func TestAnObjectOfManyKeysFindsEach(t *testing.T) {
	for _, n := range []int{0, 1, many - 1, many, many + 1, 3 * many} {
		var o object
		for i := range n {
			o.add(fmt.Sprint("k", i), i)
		}
		for i := range n {
			if v, ok := o.find(fmt.Sprint("k", i)); !ok || v != i {
				t.Errorf("of %d keys, key %d: got %v, %v", n, i, v, ok)
			}
		}
		if v, ok := o.find("k"); ok || v != nil || o.get("k") != nil {
			t.Errorf("of %d keys: found one that is not there", n)
		}
	}
}

// FuzzScan holds the quick way against the slow one, whose word is the last.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,-0,0.5,1e9,-1.25E-3,true,false,null,"x",[],{}],"b":{"c":{}}}`, ` { "a" : [ 1 , 2 ] , "b" : { } } `, `{"a":"\u00e9\n\"\\\ud83d\ude00","\u0061b":1}`,
		`{"a":1,}`, `{"a":[1,]}`, `{,}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":+1}`, `{"a":nul}`, `{"a":truex}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":1}}`, `{"a":"`,
		`{"a":"\`, `{"a":"\x"}`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `[1]`, `{"a":[1}`, `{`, `{}{}`, `{"a":"` + "\x01" + `"}`,
		`{"a":` + strings.Repeat("[", deepest) + strings.Repeat("]", deepest) + `}`, `{"a":` + strings.Repeat("[", deepest-1) + `1` + strings.Repeat("]", deepest-1) + `}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !utf8.Valid(in) || characters(in) != nil {
			return
		}
		quick, ok := scan(in)
		slow, err := decode(in)
		if ok && (err != nil || !reflect.DeepEqual(quick, slow)) {
			t.Errorf("quick %+v; slow %+v, %v", quick, slow, err)
		}
		if !ok && err == nil {
			t.Errorf("%q goes the slow way", in)
		}
	})
}

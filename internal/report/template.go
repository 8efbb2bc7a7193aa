package report

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
)

//go:embed page
var pageFiles embed.FS

// pages are the templates. style is the one stylesheet; policy lets a page use
// that, by its digest, and nothing else: no script, no image, no font, no form.
var (
	pages  = template.Must(template.New("report").ParseFS(pageFiles, "page/*.html"))
	style  = read("page/style.css")
	policy = "default-src 'none'; style-src 'sha256-" + digest(style) + "'; img-src 'none'; base-uri 'none'; form-action 'none'"
)

func read(name string) string {
	data, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// frame is what every page has around its content.
type frame struct {
	Title string
	Kind  string // what the page is, beside the name of the product
}

// Policy is what the page may load.
func (frame) Policy() string { return policy }

// Style is the stylesheet.
func (frame) Style() template.CSS { return template.CSS(style) }

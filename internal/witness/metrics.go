package witness

import (
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what is measured. Of origins only those that are watched are named, so that
// nobody can make the list grow.
type metrics struct {
	s        *Server
	registry *prometheus.Registry
	refusals *prometheus.CounterVec
}

var (
	sizeDesc  = prometheus.NewDesc("candour_witness_size", "Size of the checkpoint cosigned last.", []string{"origin"}, nil)
	ageDesc   = prometheus.NewDesc("candour_witness_age_seconds", "Time since a checkpoint was cosigned.", []string{"origin"}, nil)
	alarmDesc = prometheus.NewDesc("candour_witness_alarms", "Pairs of different records signed for one size, not acknowledged.", []string{"origin"}, nil)
	faultDesc = prometheus.NewDesc("candour_witness_unreadable", "1 where what was cosigned last cannot be read.", []string{"origin"}, nil)
)

func newMetrics(s *Server) *metrics {
	m := &metrics{s: s, registry: prometheus.NewRegistry()}
	m.refusals = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "candour_witness_refusals_total", Help: "Submissions that were refused, by reason; without an origin where it is not known or not shown to be meant.",
	}, []string{"origin", "reason"})
	m.registry.MustRegister(m.refusals, m)
	return m
}

// Describe and Collect make metrics a collector that reads the folder when it is asked.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	ch <- sizeDesc
	ch <- ageDesc
	ch <- alarmDesc
	ch <- faultDesc
}

func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, origin string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, origin)
	}
	alarms, err := Alarms(m.s.dir)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(alarmDesc, err)
	}
	now := m.s.now()
	for _, f := range m.s.config.Forces {
		for _, origin := range m.s.origins(f) {
			h, err := m.s.held(origin)
			gauge(alarmDesc, float64(countOf(alarms, origin)), origin)
			if err != nil {
				gauge(faultDesc, 1, origin)
			}
			if h != nil {
				gauge(sizeDesc, float64(h.Size), origin)
				gauge(ageDesc, now.Sub(h.at).Seconds(), origin)
			}
		}
	}
}

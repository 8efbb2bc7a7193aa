package day

import "time"

// FormatInstant writes 2012-06-19 10:20:01 in the zone, for people: decimals are
// cut, and the hour that occurs twice is not told apart. FormatMoment does both.
func FormatInstant(t Instant, zone *time.Location) string {
	return t.Time(zone).Format(time.DateTime)
}

// FormatMoment writes a moment in the fewest characters from which ParseMoment
// makes the same one in the same zone, if it lies in the years 1850 to 2199. A moment of whole
// days of another zone is written with its times of day, and reads back as an
// interval that is not whole.
func FormatMoment(m Moment, zone *time.Location) string {
	if m.Whole {
		c := Calendar{zone: zone}
		from, to := c.DateOf(m.Lo), c.DateOf(m.Hi)
		if c.Start(from) == m.Lo && c.End(to) == m.Hi {
			return formatDays(from, to)
		}
	}
	if m.Exact() {
		return formatExact(m.Lo, zone)
	}
	return formatExact(m.Lo, zone) + "/" + formatExact(m.Hi, zone)
}

// formatDays writes whole days as years, months or days, whichever fit.
func formatDays(from, to Date) string {
	layout := time.DateOnly
	a, b := from.utc(), (to + 1).utc()
	if a.Day() == 1 && b.Day() == 1 {
		layout = "2006-01"
		if a.Month() == time.January && b.Month() == time.January {
			layout = "2006"
		}
	}
	first, last := a.Format(layout), to.utc().Format(layout)
	if first == last {
		return first
	}
	return first + "/" + last
}

// formatExact writes an instant in local time, or with its offset where the local
// time occurs twice.
func formatExact(t Instant, zone *time.Location) string {
	local := t.Time(zone)
	_, offset := local.Zone()
	if _, n := shown(local.Unix()+int64(offset), zone); n != 1 {
		if offset%60 != 0 {
			local = local.UTC() // RFC 3339 has no seconds in an offset
		}
		return local.Format(time.RFC3339Nano)
	}
	if local.Second() == 0 && local.Nanosecond() == 0 {
		return local.Format("2006-01-02 15:04")
	}
	return local.Format("2006-01-02 15:04:05.999999999")
}

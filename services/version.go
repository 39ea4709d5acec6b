package services

import "runtime/debug"

// version is set by who builds an image without the repository: -ldflags "-X peerscrip/services.version=1.2".
var version string

// Version names the program's build: as it was set, or the module's version, or the
// revision that it was built from.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(len(s.Value), 12)]
		}
	}
	return "unknown"
}

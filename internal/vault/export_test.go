package vault

// BeforeDisk has f called before each change of the folder.
func (v *Vault) BeforeDisk(f func(what string)) { v.disk.before = f }

// ReadEscrow is what FuzzRecover reads.
var ReadEscrow = readEscrow

// ParseFileKey and ParsePassphrase are what their fuzz tests read.
var (
	ParseFileKey    = parseFileKey
	ParsePassphrase = parsePassphrase
	SplitRow        = splitRow
)

// Remembered is how many chains' keys are in memory.
func (v *Vault) Remembered() int { return len(v.cache.young) + len(v.cache.old) }

// NewLocal is a master key that stands in no file.
var NewLocal = newLocal

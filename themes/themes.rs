//! The built-in themes of kuberewind. The TOML files beside this one are the whole content; README.md describes their format.

/// The built-in themes in the order of the settings: (name, TOML text).
pub const BUILT_IN: &[(&str, &str)] = &[
    ("dark", include_str!("dark.toml")),
    ("light", include_str!("light.toml")),
    ("high-contrast", include_str!("high-contrast.toml")),
    ("colour-blind", include_str!("colour-blind.toml")),
    ("sixteen", include_str!("sixteen.toml")),
    ("mono", include_str!("mono.toml")),
];

//! Lookup and loading of themes: built-in ones, those in the user's folder, and any file. A theme may inherit another.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use kuberewind_model::{Error, ErrorKind, Result};
use kuberewind_text::nearest;
use kuberewind_themes::BUILT_IN;

use super::color::Depth;
use super::look::Look;
use super::roles::Roles;
use super::styles::Theme;

/// The longest chain of `inherits`.
const MAX_CHAIN: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The name on the screen [default: the name of the file].
    name: Option<String>,
    /// True for light backgrounds [default: as in the inherited theme].
    light: Option<bool>,
    /// The theme that supplies the missing roles.
    inherits: Option<String>,
    #[serde(default)]
    roles: Roles<Option<Look>>,
}

/// The source of a theme.
enum Found {
    BuiltIn(&'static str),
    File(PathBuf),
}

/// All themes that have a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Themes {
    folder: Option<PathBuf>,
}

impl Themes {
    /// Returns the built-in themes and those of a folder.
    #[must_use]
    pub fn new(folder: Option<PathBuf>) -> Themes {
        Themes { folder }
    }

    /// Returns the names of all themes, the built-in ones first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut own: Vec<String> = self.files().iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
        own.retain(|name| !names.contains(name));
        own.sort();
        names.append(&mut own);
        names
    }

    /// Returns the user's theme files.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        // A missing folder has no themes.
        let listed = self.folder.as_deref().and_then(|folder| std::fs::read_dir(folder).ok());
        let paths = listed.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
        paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect()
    }

    /// Loads a theme by name or path. A user's theme hides a built-in one of the same name and may inherit it. Without colours,
    /// always loads `mono`.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] for an unknown theme, [`ErrorKind::Invalid`] for a file that is not a theme and for a cycle of
    /// inherited themes.
    pub fn load(&self, name: &str, depth: Depth) -> Result<Theme> {
        let mut wanted = if depth == Depth::None { "mono" } else { name }.to_owned();
        let mut files: Vec<PathBuf> = Vec::new();
        let (mut title, mut light, mut roles) = (None, None, Roles::default());
        for _ in 0..MAX_CHAIN {
            let (text, source) = match self.find(&wanted, &files)? {
                Found::BuiltIn(text) => (text.to_owned(), format!("the theme {wanted}")),
                Found::File(path) => {
                    let source = path.display().to_string();
                    let text = std::fs::read_to_string(&path)
                        .map_err(|error| Error::new(ErrorKind::Io, format!("cannot read the theme {source}")).because(error))?;
                    files.push(path);
                    (text, source)
                }
            };
            let file = parse(&text, &source)?;
            let stem = || Path::new(&wanted).file_stem().map_or(wanted.clone(), |stem| stem.to_string_lossy().into_owned());
            title.get_or_insert_with(|| file.name.clone().unwrap_or_else(stem));
            light = light.or(file.light);
            roles = roles.or(file.roles);
            match file.inherits {
                Some(base) => wanted = base,
                None => return Theme::new(title.unwrap_or_default(), light.unwrap_or(false), files, &roles, depth),
            }
        }
        Err(Error::new(ErrorKind::Invalid, format!("the theme {name:?} inherits more than {MAX_CHAIN} others"))
            .hint("check `inherits` for a cycle"))
    }

    /// Skips files that were read before: `inherits = "dark"` in the user's `dark.toml` refers to the built-in theme.
    fn find(&self, name: &str, read: &[PathBuf]) -> Result<Found> {
        let is_path = name.ends_with(".toml") || name.contains(std::path::MAIN_SEPARATOR);
        let path = if is_path { Some(PathBuf::from(name)) } else { self.own(name) };
        if let Some(path) = path.filter(|path| path.exists() && !read.contains(path)) {
            return Ok(Found::File(path));
        }
        if let Some((_, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) {
            return Ok(Found::BuiltIn(text));
        }
        let names = self.names();
        let hint = match nearest(name, &names) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("the themes are {}; a path to a theme file also works", names.join(", ")),
        };
        Err(Error::new(ErrorKind::NotFound, format!("there is no theme {name:?}")).hint(hint))
    }

    fn own(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(format!("{name}.toml")))
    }
}

impl Theme {
    /// Loads a built-in theme by name, or a theme file by path. See [`Themes::load`].
    ///
    /// # Errors
    /// As [`Themes::load`].
    pub fn load(name: &str, depth: Depth) -> Result<Theme> {
        Themes::default().load(name, depth)
    }
}

fn parse(text: &str, source: &str) -> Result<File> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1);
        Error::new(ErrorKind::Invalid, format!("{source}:{line}: {}", error.message().replace('\n', " ")))
            .hint("themes/README.md describes the format")
    })
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier};

    use super::super::roles::Role;
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Themes) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let themes = Themes::new(Some(folder.path().to_owned()));
        (folder, themes)
    }

    #[test]
    fn every_built_in_theme_has_a_look_for_each_role() {
        for (name, text) in BUILT_IN {
            let theme = Theme::load(name, Depth::True).unwrap();
            assert_eq!((theme.name(), theme.files()), (*name, &[][..]));
            let table: toml::Table = toml::from_str(text).unwrap();
            if !table.contains_key("inherits") {
                assert_eq!(table["roles"].as_table().unwrap().len(), Role::ALL.len(), "{name}");
            }
        }
    }

    #[test]
    fn sixteen_has_palette_colours_only_and_mono_has_none() {
        for (name, depths) in [("sixteen", vec![Depth::True, Depth::Indexed]), ("mono", vec![Depth::True, Depth::Sixteen])] {
            for depth in depths {
                let theme = Theme::load(name, depth).unwrap();
                for (role, word, _) in Role::ALL {
                    let style = theme.style(*role);
                    for color in [style.fg, style.bg].into_iter().flatten() {
                        assert!(
                            name != "mono" && !matches!(color, Color::Rgb(..) | Color::Indexed(_)),
                            "{name}: {word}: {color:?}"
                        );
                    }
                }
            }
        }
        // Important roles look different from plain text in every theme and at every depth.
        for (name, _) in BUILT_IN {
            for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
                let theme = Theme::load(name, depth).unwrap();
                let stands_out = |role| theme.style(role) != theme.style(Role::Text);
                for role in [Role::Selection, Role::Error, Role::Live, Role::Paused, Role::Emphasis, Role::Match, Role::Hint] {
                    assert!(stands_out(role), "{name} at {depth:?}: {role:?} looks like text");
                }
            }
        }
    }

    #[test]
    fn a_user_theme_overrides_the_inherited_roles() {
        let (_folder, themes) = folder(&[
            ("mine.toml", "inherits = 'warm'\n[roles]\ntext = { fg = 'red' }"),
            ("warm.toml", "name = 'warm one'\ninherits = 'light'\n[roles]\nkey = { fg = '#884400', bold = true }"),
            ("dark.toml", "inherits = 'dark'\n[roles]\nfaint = { dim = true }"),
        ]);
        let mine = themes.load("mine", Depth::True).unwrap();
        assert_eq!((mine.name(), mine.is_light(), mine.files().len()), ("mine", true, 2));
        assert_eq!(mine.style(Role::Text).fg, Some(Color::Red));
        assert_eq!(mine.style(Role::Key).add_modifier, Modifier::BOLD);
        assert_eq!(mine.style(Role::Word), Theme::load("light", Depth::True).unwrap().style(Role::Word));
        let dark = themes.load("dark", Depth::True).unwrap();
        assert_eq!(dark.style(Role::Faint).add_modifier, Modifier::DIM);
        assert_eq!(dark.style(Role::Word), Theme::load("dark", Depth::True).unwrap().style(Role::Word));
        assert_eq!(themes.names()[6..], ["mine", "warm"]);
    }

    #[test]
    fn errors_name_the_file_and_the_line() {
        let (folder, themes) = folder(&[
            ("typo.toml", "[roles]\ntxt = {}"),
            ("color.toml", "[roles]\ntext = { fg = '#12' }"),
            ("orphan.toml", "inherits = 'drak'"),
            ("one.toml", "inherits = 'two'"),
            ("two.toml", "inherits = 'three'"),
            ("three.toml", "inherits = 'one'"),
        ]);
        for (name, message) in [
            ("typo", "typo.toml:2: unknown field `txt`"),
            ("color", "\"#12\" is not a colour"),
            ("orphan", "there is no theme \"drak\""),
            ("one", "there is no theme \"one\""),
            ("./nowhere.toml", "there is no theme"),
        ] {
            let error = themes.load(name, Depth::True).unwrap_err();
            assert!(error.chain().contains(message), "{name}: {}", error.chain());
        }
        assert_eq!(themes.load("drak", Depth::True).unwrap_err().hint_text(), Some("did you mean dark?"));
        let path = folder.path().join("typo.toml");
        assert!(themes.load(path.to_str().unwrap(), Depth::True).is_err());
    }
}

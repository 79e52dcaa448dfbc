//! A real terminal around a real program: a pseudo terminal, and an emulator that reads what comes out of it.

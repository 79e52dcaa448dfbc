//! The debugger's screen.

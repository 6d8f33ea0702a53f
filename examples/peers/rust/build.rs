//! Writes Rust for every message of gen/protos.binpb, and the table by which an agent finds a message by its name.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, panic};

use prost::Message;
use prost_build::Module;
use prost_types::{FileDescriptorProto, FileDescriptorSet};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    println!("cargo::rerun-if-changed=gen/protos.binpb");
    println!("cargo::rerun-if-changed=Cargo.lock");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let protos = FileDescriptorSet::decode(fs::read("gen/protos.binpb")?.as_slice())?;
    let (taken, refused) = sift(&out, protos.file);
    let modules: BTreeSet<_> = taken.iter().map(|file| Module::from_protobuf_package_name(file.package())).collect();
    generate(&out, &taken)?;
    fs::write(out.join("types.rs"), types(&out, &modules)?)?;
    fs::write(out.join("refused.rs"), format!("&{refused:?}"))?;
    fs::write(out.join("versions.rs"), versions()?)?;
    Ok(())
}

/// The files that prost-build takes, and each other one with the reason. Files stand behind those that they import.
fn sift(out: &Path, files: Vec<FileDescriptorProto>) -> (Vec<FileDescriptorProto>, Vec<(String, String)>) {
    if why_not(out, &files).is_none() {
        return (files, Vec::new());
    }
    let mut taken = Vec::new();
    let mut refused: Vec<(String, String)> = Vec::new();
    for file in files {
        let name = file.name().to_owned();
        if let Some((import, _)) = refused.iter().find(|(import, _)| file.dependency.contains(import)) {
            let why = format!("it imports {import}, which is refused");
            refused.push((name, why));
            continue;
        }
        taken.push(file);
        // One of the project's own must be taken, and fails the build else.
        if let Some(why) = why_not(out, &taken).filter(|_| !name.starts_with("interop/")) {
            taken.pop();
            refused.push((name, why));
        }
    }
    (taken, refused)
}

/// What prost-build says of the files, which is an error, or a panic whose text is for people; None where it takes them.
fn why_not(out: &Path, files: &[FileDescriptorProto]) -> Option<String> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let done = panic::catch_unwind(|| generate(out, files).map_err(|error| error.to_string()));
    panic::set_hook(hook);
    match done {
        Ok(done) => done.err(),
        Err(said) => {
            let text = said.downcast_ref::<String>().map(String::as_str).or_else(|| said.downcast_ref().copied());
            Some(text.unwrap_or("prost-build panicked").into())
        }
    }
}

fn generate(out: &Path, files: &[FileDescriptorProto]) -> Outcome<()> {
    prost_build::Config::new()
        .out_dir(out)
        .compile_well_known_types() // so that they are messages like any other
        .enable_type_names()
        .disable_comments(["."])
        .bytes([".interop.control"])
        .include_file("protos.rs")
        .compile_fds(FileDescriptorSet { file: files.to_vec() })?;
    Ok(())
}

/// The table of all messages, read off the code that prost-build wrote: so their Rust names are its own.
fn types(out: &Path, modules: &BTreeSet<Module>) -> Outcome<String> {
    let mut paths = Vec::new();
    for module in modules {
        let code = fs::read_to_string(out.join(module.to_file_name_or("_")))?;
        let within = module.parts().map(|part| format!("{part}::")).collect();
        messages(&syn::parse_file(&code)?.items, within, &mut paths);
    }
    let entries: String = paths.iter().map(|path| format!("entry::<crate::proto::{path}>(),\n")).collect();
    Ok(format!("[\n{entries}]\n"))
}

/// Adds the paths of the messages in `items`, which are those that have a protobuf name.
fn messages(items: &[syn::Item], within: String, paths: &mut Vec<String>) {
    for item in items {
        match item {
            syn::Item::Mod(nested) => {
                let (_, content) = nested.content.as_ref().expect("prost-build writes modules with their content");
                messages(content, format!("{within}{}::", nested.ident), paths);
            }
            syn::Item::Impl(block) => {
                let last = block.trait_.as_ref().and_then(|(path, _)| path.segments.last());
                let named = last.is_some_and(|last| last.ident == "Name");
                if let (true, syn::Type::Path(of)) = (named, block.self_ty.as_ref()) {
                    paths.extend(of.path.get_ident().map(|ident| format!("{within}{ident}")));
                }
            }
            _ => {}
        }
    }
}

/// What Hello says of the compiler and the libraries, which tell no version at run time.
fn versions() -> Outcome<String> {
    let compiler = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    let compiler = String::from_utf8(compiler.stdout)?;
    let compiler = compiler.split_whitespace().nth(1).ok_or("rustc says no version")?;
    let lock = fs::read_to_string("Cargo.lock")?;
    let mut code = format!("pub const RUST: &str = {compiler:?};\npub const LIBRARIES: &[(&str, &str)] = &[\n");
    for library in ["zeromq", "prost"] {
        let (_, entry) = lock.split_once(&format!("name = {library:?}\nversion = \"")).ok_or("not in Cargo.lock")?;
        let (version, rest) = entry.split_once('"').ok_or("Cargo.lock: no version")?;
        let replaced = if rest.trim_start().starts_with("source = ") { "" } else { " (another one in its place)" };
        code += &format!("    ({library:?}, {:?}),\n", format!("{version}{replaced}"));
    }
    Ok(code + "];\n")
}

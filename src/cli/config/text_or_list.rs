//! Values of the configuration that are a text or a list.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer, SeqAccess, Visitor},
};

/// One text, or a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TextOrList<T> {
    Text(String),
    List(Vec<T>),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for TextOrList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = TextOrList<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(TextOrList::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = list.next_element()? {
                    elements.push(element);
                }
                Ok(TextOrList::List(elements))
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// Reads a list, or its only element.
pub(super) fn one_or_more<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let texts = match TextOrList::<String>::deserialize(deserializer)? {
        TextOrList::Text(text) => vec![text],
        TextOrList::List(texts) => texts,
    };
    texts.into_iter().map(read).collect()
}

/// Reads a name. Without this a table would be read as a variant with content.
pub(super) fn named<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    read(String::deserialize(deserializer)?)
}

fn read<'de, T: Deserialize<'de>, E: Error>(text: String) -> Result<T, E> {
    T::deserialize(text.into_deserializer())
}
